import { afterEach, describe, expect, it } from 'vitest';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { describeDiscoveryContract } from '../discovery.contract.js';
import { HttpScene, settle } from '../http-scene.contract.js';
import type { Route } from '../route-server.contract.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';

const config =
  (more: Partial<ConsulDiscoveryConfig> = {}) =>
  (server: string): ConsulDiscoveryConfig => ({
    kind: 'consul',
    server,
    pathPrefix: undefined,
    token: undefined,
    datacenter: 'dc1',
    namespace: undefined,
    partition: undefined,
    tagSeparator: ',',
    scheme: 'http',
    allowStale: true,
    refreshIntervalMs: 1_000,
    services: [],
    tags: [],
    nodeMeta: {},
    filter: undefined,
    healthFilter: undefined,
    http: plainHttpClient,
    ...more,
  });

/** A Consul with these services, each with instances at these ports. */
function consul(services: Record<string, number[]>, headers: Record<string, string> = {}) {
  const json = (value: unknown): Route => ({ headers, body: JSON.stringify(value) });
  const routes: Record<string, Route> = {
    '/v1/agent/self': json({ Config: { Datacenter: 'dc1' } }),
    '/v1/catalog/services': json(
      Object.fromEntries(Object.keys(services).map((name) => [name, []])),
    ),
  };
  for (const [name, ports] of Object.entries(services)) {
    routes[`/v1/health/service/${name}`] = json(
      ports.map((Port) => ({ Node: { Address: 'n' }, Service: { Port } })),
    );
  }
  return routes;
}

describeDiscoveryContract('ConsulDiscovery', async () => {
  const scene = await HttpScene.create(config({ services: ['web'] }));
  scene.server.consulIndex = 0;
  let port = 0;
  const change = async () => scene.server.serve(consul({ web: [++port], db: [1] }));
  await change();
  return {
    discovery: scene.discovery,
    change,
    breakIt: async () => {
      const broken: Route = { status: 500, body: 'No cluster leader' };
      const paths = Object.keys(consul({ web: [], db: [] }));
      scene.server.serve(Object.fromEntries(paths.map((path) => [path, broken])));
    },
    letItSee: () => scene.pass(100),
    pendingTimers: () => scene.clock.pendingTimers,
    close: () => scene.close(),
  };
});

describe('ConsulDiscovery', () => {
  let scene: HttpScene;
  afterEach(() => scene.close());

  async function start(
    routes: Record<string, Route>,
    more: Partial<ConsulDiscoveryConfig> = {},
  ): Promise<void> {
    scene = await HttpScene.create(config(more));
    scene.server.consulIndex = 10;
    scene.server.serve(routes);
    scene.start();
    await scene.until(() => scene.updates.length > 0);
  }
  const asked = (path: string) =>
    scene.server.requests.filter(({ uri }) => uri.startsWith(path)).map(({ uri }) => uri);

  it('tells first when all services have answered', async () => {
    await start(consul({ a: [1, 2], b: [3], c: [] }));
    expect(scene.addresses).toEqual(['n:1', 'n:2', 'n:3']);
    expect(scene.updates[0]?.groups.map(({ source }) => source)).toEqual(['a', 'b', 'c']);
  });

  it('asks once per refresh interval, however fast the news come', async () => {
    await start(consul({ a: [1] }), { refreshIntervalMs: 30_000, services: ['a'] });
    const before = asked('/v1/health').length;
    for (let i = 0; i < 600; i++) {
      scene.server.serve(consul({ a: [i] }));
      await scene.pass(100);
    }
    expect(asked('/v1/health').length - before).toBeLessThanOrEqual(3);
  });

  it('what did not change is no news, though the index rises', async () => {
    await start(consul({ a: [1], b: [2] }));
    for (let i = 0; i < 5; i++) {
      scene.server.serve(consul({ a: [1], b: [2] }));
      for (let j = 0; j < 20; j++) await scene.pass(100);
    }
    expect(asked('/v1/health/service/a').length).toBeGreaterThan(4);
    expect(scene.updates).toHaveLength(1);
  });

  it('starts from the beginning when the index goes back', async () => {
    await start(consul({ a: [1] }), { services: ['a'] });
    await scene.until(() => scene.server.held > 0);
    scene.server.consulIndex = 2;
    scene.server.serve(consul({ a: [2] }));
    await scene.until(() => scene.addresses[0] === 'n:2');
    await scene.until(() => scene.server.held > 0);
    const query = (index: string) => `/v1/health/service/a?dc=dc1&${index}stale=&wait=120000ms`;
    expect(asked('/v1/health')).toEqual([
      query(''),
      query('index=11&'),
      query(''),
      query('index=3&'),
    ]);
  });

  it.each(['0', '-5', 'x', ''])(
    'an index of %j is not waited on, and all answers are news',
    async (index) => {
      const headers = { 'x-consul-index': index };
      await start(consul({ a: [1] }, headers), { services: ['a'] });
      scene.server.serve(consul({ a: [2] }, headers));
      await scene.until(() => scene.addresses[0] === 'n:2');
      expect(asked('/v1/health').filter((uri) => uri.includes('index='))).toEqual([]);
    },
  );

  it('a server that knows no leader takes nothing away', async () => {
    await start(consul({ a: [1], b: [2] }));
    scene.server.serve(consul({ a: [] }, { 'x-consul-knownleader': 'false' }));
    await scene.until(() => scene.error !== undefined);
    expect(scene.error).toMatch(/the Consul server knows no leader$/);
    expect(scene.addresses).toEqual(['n:1', 'n:2']);
    scene.server.serve(consul({ a: [] }));
    await scene.until(() => scene.addresses.length === 0);
    expect(scene.error).toBeUndefined();
  });

  it.each<[string, Route]>([
    ['a page', { body: '<html>' }],
    ['nothing', { body: '' }],
    ['another list', { body: '["a"]' }],
    ['a number', { body: '1' }],
    ['a text', { body: '"a"' }],
    ['a status', { status: 403, body: 'Permission denied' }],
  ])(
    '%s instead of an answer keeps what was known, and is asked again after 15 s',
    async (_name, route) => {
      await start(consul({ a: [1], b: [2] }));
      const paths = ['/v1/catalog/services', '/v1/health/service/a'];
      scene.server.serve({
        ...consul({ a: [1], b: [3] }),
        ...Object.fromEntries(paths.map((path) => [path, route])),
      });
      await scene.until(() => scene.error !== undefined && scene.addresses[1] === 'n:3');
      expect(scene.addresses).toEqual(['n:1', 'n:3']);
      const failures = scene.failedAttempts;
      await scene.until(() => scene.failedAttempts > failures);
      scene.server.serve(consul({ a: [4], b: [3] }));
      await scene.until(() => scene.error === undefined);
      await scene.until(() => scene.addresses[0] === 'n:4');
    },
  );

  it('asks for the datacenter until it hears it', async () => {
    scene = await HttpScene.create(config({ datacenter: undefined }));
    scene.server.serve({ '/v1/agent/self': { body: '{}' } });
    scene.start();
    await scene.until(() => scene.error !== undefined);
    expect(scene.error).toMatch(/^consul 127\.0\.0\.1:\d+: \/v1\/agent\/self: expected the text/);
    scene.server.consulIndex = 0;
    scene.server.serve(consul({ a: [1] }));
    await scene.until(() => scene.addresses.length === 1);
    expect(scene.error).toBeUndefined();
    expect(scene.updates.at(-1)?.groups[0]?.labels.get('__meta_consul_dc')).toBe('dc1');
  });

  it('a service that is gone from the catalog is watched no more', async () => {
    await start(consul({ a: [1], b: [2] }));
    await scene.until(() => scene.server.held === 3);
    scene.server.serve(consul({ a: [1] }));
    await scene.until(() => scene.addresses.length === 1);
    for (let i = 0; i < 30; i++) await scene.pass();
    const before = asked('/v1/health/service/b').length;
    for (let i = 0; i < 200; i++) await scene.pass();
    expect(asked('/v1/health/service/b')).toHaveLength(before);
    expect(scene.error).toBeUndefined();
  });

  it('no service at all is an answer', async () => {
    await start(consul({}));
    expect(scene.updates).toEqual([{ groups: [], error: undefined }]);
  });

  it('one cause for many services is said once', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`s${i}`, [i]]));
    await start(consul(many));
    await scene.until(() => scene.server.held === 51);
    await scene.server.stop();
    await scene.until(() => scene.error !== undefined);
    await scene.until(() => scene.failedAttempts >= 51);
    expect(scene.updates).toHaveLength(2);
    expect(scene.addresses).toHaveLength(50);
  });

  it('400 services take no more than 117 sockets, and one abort ends them all', async () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`s${i}`, [i]]));
    await start(consul(many), { refreshIntervalMs: 5_000 });
    expect(scene.addresses).toHaveLength(400);
    let most = 0;
    for (let i = 0; i < 20; i++) {
      most = Math.max(most, scene.server.sockets.size);
      await scene.pass();
    }
    expect(scene.server.held).toBe(100);
    expect(most).toBeLessThanOrEqual(117);
    scene.server.serve(consul({ ...many, s399: [9] }));
    await scene.until(() => scene.addresses.at(-1) === 'n:9');
    await scene.stop();
    await settle();
    expect(scene.server.sockets.size).toBe(0);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('the token is sent to Consul, and not to whom Consul redirects', async () => {
    const { server: other } = await HttpScene.create(config());
    scene = await HttpScene.create(config({ token: 'secret', services: ['a'] }));
    const location = `http://localhost:${other.address.split(':')[1]}/`;
    scene.server.serve({ '/v1/health/service/a': { status: 307, headers: { location } } });
    scene.start();
    while (other.requests.length === 0) await settle();
    expect(scene.server.requests[0]?.headers['x-consul-token']).toBe('secret');
    expect(other.requests[0]?.headers).not.toHaveProperty('x-consul-token');
    await other.stop();
  });

  it.each<[string, Partial<ConsulDiscoveryConfig>]>([
    ['a scheme before the server', { server: 'http://ADDR', scheme: 'http' }],
    ['a path behind the server', { server: 'http://ADDR/gate/', pathPrefix: undefined }],
    ['a prefix', { pathPrefix: '/gate' }],
  ])('%s is part of the URL', async (_name, more) => {
    scene = await HttpScene.create((address) => ({
      ...config({ services: ['a'] })(address),
      ...more,
      server: (more.server ?? 'ADDR').replace('ADDR', address),
    }));
    scene.start();
    await scene.until(() => scene.updates.length > 0);
    expect(scene.server.requests[0]?.uri).toMatch(/^(\/gate)?\/v1\/health\/service\/a\?/);
  });
});
