import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch } from '../../made-batch.contract.js';
import type { GatewayAnswer, GatewayRequest } from '../client/fake-gateway.contract.js';
import { GatewayReader } from '../gateway/gateway-reader.js';
import { type GatewayScene, gatewayScene, until } from '../gateway-scene.contract.js';
import { TargetPushes } from '../target-pushes.js';
import { GroupLedger } from './group-ledger.js';
import { groupKey, readPushTimes } from './push-times.js';

describe('push times', () => {
  it('are read from whatever pieces /metrics comes in, names and labels in UTF-8', async () => {
    const scene = await gatewayScene();
    const body = [
      '# TYPE a gauge',
      'a{push_time_seconds="{"} 1',
      '# TYPE push_time_seconds gauge',
      'push_time_seconds{instance="",job="j"} 1.5e+09',
      'push_time_seconds{"a.b"="ü\\"\\n}",instance="i",job="x y"} 2e+09',
      'push_time_seconds_total{job="k"} 3',
      '',
    ].join('\n');
    scene.gateway.answer = () => ({ status: 200, body });
    const reader = new GatewayReader(scene.options, scene.parts.http);
    const { status, times } = await readPushTimes(reader);
    expect(status).toBe(200);
    expect(Object.fromEntries(times)).toEqual({
      [groupKey({ job: 'j', grouping: {} })]: '1.5e+09',
      [groupKey({ job: 'x y', grouping: { instance: 'i', 'a.b': 'ü"\n}' } })]: '2e+09',
    });
    await reader.close();
    await scene.gateway.close();
  });
});

describe('GroupLedger', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const failures: string[] = [];
  const open = (agent: string, thread = 0): GroupLedger =>
    new GroupLedger(
      { url: 'http://u:secret@gw:9091/prefix', source: 'targets' },
      { path: folder, agent, thread },
      (error) => failures.push(error),
    );
  const group = (job: string) => ({ job, grouping: { instance: 'a/b' } });

  it('what was closed is found by the next, without what was deleted', () => {
    const first = open('a');
    for (const job of ['x', 'y', 'z']) first.add(group(job));
    first.flush();
    first.delete(group('y'));
    first.flush();
    first.close();
    const next = open('b');
    expect(next.adopt(0)).toEqual([group('x'), group('z')]);
    expect(next.adopt(0)).toEqual([]);
    next.close();
    expect(open('c').adopt(0)).toEqual([group('x'), group('z')]);
    expect(failures).toEqual([]);
  });

  it('a live one is left alone', () => {
    const live = open('a');
    live.add(group('x'));
    live.flush();
    expect(open('b').adopt(Date.now())).toEqual([]);
  });

  it('of many groups that come and go the file stays small', () => {
    const ledger = open('a');
    for (let i = 0; i < 20_000; i++) {
      ledger.add(group(`job ${i}`));
      ledger.flush();
      ledger.delete(group(`job ${i}`));
    }
    ledger.add(group('x'));
    ledger.flush();
    ledger.close();
    const next = open('b');
    expect(next.adopt(0)).toEqual([group('x')]);
    next.close();
  });
});

describe('sweeping', () => {
  let scene: GatewayScene;
  let output: TargetPushes;
  const times = new Map<string, number>();

  beforeEach(async () => {
    scene = await gatewayScene();
    times.clear();
    scene.gateway.answer = answer;
    output = new TargetPushes(scene.options, scene.parts);
  });
  afterEach(async () => {
    await output.close(0);
    await scene.gateway.close();
  });

  /** Groups by path, as far as a sweeper looks at them. */
  function answer({ method, path: at }: GatewayRequest): GatewayAnswer {
    if (method === 'GET') {
      const lines = Array.from(times, ([group, time]) => {
        const [, job, instance] = /job\/(.*)\/instance\/(.*)/.exec(group)!;
        return `push_time_seconds{instance="${instance}",job="${job}"} ${time}\n`;
      });
      return { status: 200, body: lines.join('') };
    }
    if (method === 'PUT') times.set(at, (times.get(at) ?? 0) + 1);
    else times.delete(at);
    return { status: 202 };
  }

  const push = async (instance: string): Promise<void> => {
    const labels = new Map(Object.entries({ __name__: 'a', job: 'j', instance }));
    const made = { targetId: instance, timestampMs: 0, layout: 1, samples: [{ labels, value: 1 }] };
    const before = output.status().pushes?.outcomes.pushed ?? 0;
    output.append({
      ...toBatch(made),
      targetLabels: new Map(Object.entries({ job: 'j', instance })),
    });
    await until(() => output.status().pushes?.outcomes.pushed === before + 1);
  };
  const left = (): number => output.status().pushes?.groupsLeft ?? 0;
  const wait = async (ms: number, asked: number): Promise<void> => {
    await scene.clock.advance(ms);
    const looks = () => scene.gateway.requests.filter(({ method }) => method === 'GET').length;
    await until(() => looks() >= asked);
    // Requests under way have a timer of 10 s at most; the next look is further away.
    await until(() => (scene.clock.nextTimerMs ?? Number.POSITIVE_INFINITY) > 10_000);
  };

  /** Of the ttl. */
  const half = (asked: number): Promise<void> => wait(30_000, asked);

  it('deletes what nobody pushed for the ttl', async () => {
    await push('i');
    output.forget('i');
    await half(1);
    expect(left()).toBe(1);
    await half(2);
    await until(() => left() === 0);
    expect(times.size).toBe(0);
    expect(output.status().pushes).toMatchObject({ groupsDeleted: 1 });
  });

  it('leaves what another pushed in between', async () => {
    await push('i');
    output.forget('i');
    await half(1);
    times.set('/metrics/job/j/instance/i', 99);
    await half(2);
    await until(() => left() === 0);
    expect(times.size).toBe(1);
  });

  it('forgets what the gateway does not have any more', async () => {
    await push('i');
    output.forget('i');
    times.clear();
    await half(1);
    await until(() => left() === 0);
    expect(output.status().pushes).toMatchObject({ groupsDeleted: 0 });
  });

  it('lets a target that is back in time keep its group', async () => {
    await push('i');
    output.forget('i');
    await half(1);
    await push('i');
    expect(left()).toBe(0);
    await scene.clock.advance(120_000);
    expect(times.size).toBe(1);
  });

  it('a gateway that does not answer is asked again, until it has', async () => {
    await push('i');
    output.forget('i');
    await half(1);
    scene.gateway.answer = () => ({ status: 503 });
    const { gateway } = scene;
    await half(2);
    gateway.answer = answer;
    await wait(15_000, 3);
    expect(left()).toBe(0);
    expect(times.size).toBe(0);
  });

  it('writes down what it makes, before it is pushed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sweep-'));
    try {
      const store = { path: folder, agent: 'a', thread: 0 };
      const own = await gatewayScene({}, store);
      let written = '';
      own.gateway.answer = () => {
        written = readFileSync(ledgerFile(folder), 'utf8');
        return { status: 200 };
      };
      const pushes = new TargetPushes(own.options, own.parts);
      const labels = new Map(Object.entries({ __name__: 'a', job: 'j', instance: 'i' }));
      pushes.append({
        ...toBatch({ targetId: 't', timestampMs: 0, layout: 1, samples: [{ labels, value: 1 }] }),
        targetLabels: labels,
      });
      await until(() => written !== '');
      expect(written).toBe('+{"job":"j","grouping":{"instance":"i"}}\n');
      await pushes.close(10_000);
      await own.gateway.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function ledgerFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return path.join(folder, files.find((file) => path.basename(file) === 'groups')!);
}
