import { afterEach, describe, expect, it } from 'vitest';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { describeDiscoveryContract } from '../discovery.contract.js';
import { HttpScene, settle } from '../http-scene.contract.js';
import type { Route } from '../route-server.contract.js';
import type { HttpDiscoveryConfig } from './http-discovery-config.js';

const headers = { 'content-type': 'application/json' };
const json = (groups: unknown): Route => ({ headers, body: JSON.stringify(groups) });
const targets = (...addresses: string[]) => json([{ targets: addresses }]);

const config =
  (more: Partial<HttpDiscoveryConfig> = {}) =>
  (address: string): HttpDiscoveryConfig => ({
    kind: 'http',
    url: `http://${address}/sd`,
    refreshIntervalMs: 60_000,
    http: plainHttpClient,
    ...more,
  });

describeDiscoveryContract('HttpDiscovery', async () => {
  const scene = await HttpScene.create(config());
  let version = 1;
  const change = async () => {
    scene.server.serve({ '/sd': targets(`a:${++version}`) });
  };
  await change();
  return {
    discovery: scene.discovery,
    change,
    breakIt: async () => scene.server.serve({ '/sd': { status: 500 } }),
    letItSee: () => scene.pass(10_000),
    pendingTimers: () => scene.clock.pendingTimers,
    close: () => scene.close(),
  };
});

describe('HttpDiscovery', () => {
  let scene: HttpScene;
  afterEach(() => scene.close());

  async function start(route: Route, more: Partial<HttpDiscoveryConfig> = {}): Promise<void> {
    scene = await HttpScene.create(config(more));
    scene.server.serve({ '/sd': route });
    scene.start();
    await scene.until(() => scene.updates.length > 0);
  }

  it('tells the server how often it asks, and asks so often', async () => {
    await start(targets('a:1'), { refreshIntervalMs: 1_500 });
    expect(scene.server.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': '1.5',
      'user-agent': 'prom-agent/test',
    });
    const before = scene.server.requests.length;
    for (let i = 0; i < 30; i++) await scene.pass(500);
    await settle();
    expect(scene.server.requests.length - before).toBe(10);
  });

  it('takes the groups that are told for all there are', async () => {
    await start(json([{ targets: ['a:1'] }, { targets: ['b:1', 'b:2'], labels: { x: 'y' } }]));
    const { groups } = scene.updates[0]!;
    const url = `http://${scene.server.address}/sd`;
    expect(groups.map(({ source }) => source)).toEqual([`${url}:0`, `${url}:1`]);
    expect(new Map(groups[1]?.labels)).toEqual(
      new Map(Object.entries({ x: 'y', __meta_url: url })),
    );
    scene.server.serve({ '/sd': targets('a:1') });
    await scene.until(() => scene.addresses.length === 1);
    expect(scene.updates[1]?.groups[0]).toBe(groups[0]);
  });

  it('the same groups in other words are no change', async () => {
    await start({ headers, body: '[{"targets":["a:1"]}]' });
    scene.server.serve({ '/sd': { headers, body: ' [{"labels":{}, "targets":["a:1"]}] ' } });
    for (let i = 0; i < 20; i++) await scene.pass(10_000);
    expect(scene.updates).toHaveLength(1);
  });

  it.each<[string, Route, string]>([
    ['a status', { status: 503 }, 'expected status 200, found 503 Service Unavailable'],
    ['a redirect to nowhere', { status: 302 }, 'expected status 200, found 302 Found'],
    ['no type', { body: '[]' }, 'unsupported content type "", expected application/json in utf-8'],
    [
      'a page',
      { headers: { 'content-type': 'text/html' }, body: '<html>' },
      'unsupported content type "text/html", expected application/json in utf-8',
    ],
    ['half a body', { headers, body: '[{"targets":' }, 'Unexpected end of JSON input'],
    ['no list', json({}), 'expected a list of target groups'],
    ['null in the list', json([null]), 'group 1: expected a mapping with targets and labels'],
    ['a number', json([{ targets: [1] }]), 'group 1, targets, item 1: expected a text'],
    [
      'an unknown field',
      json([{ target: ['a:1'] }]),
      'group 1: unknown field "target", expected targets or labels',
    ],
  ])('%s keeps the last good groups, and is counted each time', async (_name, route, message) => {
    await start(targets('a:1'));
    scene.server.serve({ '/sd': route });
    await scene.until(() => scene.error !== undefined);
    expect(scene.error).toBe(`http://${scene.server.address}/sd: ${message}`);
    expect(scene.addresses).toEqual(['a:1']);
    await scene.until(() => scene.failedAttempts === 3);
    expect(scene.updates).toHaveLength(2);
    scene.server.serve({ '/sd': targets('a:2') });
    await scene.until(() => scene.error === undefined);
    expect(scene.addresses).toEqual(['a:2']);
  });

  it('a server that is gone for a minute loses no target', async () => {
    await start(targets('a:1'), { refreshIntervalMs: 5_000 });
    await scene.server.stop();
    await scene.until(() => scene.error !== undefined);
    for (let i = 0; i < 60; i++) await scene.pass();
    expect(scene.addresses).toEqual(['a:1']);
    await scene.server.start();
    await scene.until(() => scene.error === undefined);
    expect(scene.updates.map(({ groups }) => groups.length)).toEqual([1, 1, 1]);
  });

  it('an answer that does not come is given up after the refresh interval', async () => {
    scene = await HttpScene.create((address) =>
      config({ url: `http://${address}/sd?index=1` })(address),
    );
    scene.server.consulIndex = 1;
    scene.start();
    await scene.until(() => scene.error !== undefined);
    expect(scene.error).toMatch(/\/sd: no complete answer within 60000 ms$/);
    expect(scene.clock.monotonicMs()).toBe(60_000);
  });

  it('no password and no token of the URL is in an error', async () => {
    scene = await HttpScene.create((address) =>
      config({ url: `http://user:secret1@${address}/sd?token=secret2` })(address),
    );
    scene.start();
    await scene.until(() => scene.error !== undefined);
    expect(scene.error).toBe(
      `http://${scene.server.address}/sd: expected status 200, found 404 Not Found`,
    );
  });

  it('the abort ends a request that waits', async () => {
    scene = await HttpScene.create((address) =>
      config({ url: `http://${address}/sd?index=1` })(address),
    );
    scene.server.consulIndex = 1;
    scene.start();
    while (scene.server.held === 0) await settle();
    await scene.stop();
    expect(scene.updates).toEqual([]);
    expect(scene.clock.pendingTimers).toBe(0);
    await settle();
    expect(scene.server.sockets.size).toBe(0);
  });
});
