import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscoveryConfig } from '../config/agent-config.js';
import { silentLogger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import { DiscoveryManager } from './discovery-manager.js';

function fixed(...targets: string[]): DiscoveryConfig {
  return { kind: 'static', groups: [{ targets, labels: {} }] };
}

describe('DiscoveryManager', () => {
  let folder: string;
  let clock: ManualClock;
  let stop: AbortController;
  let found: Map<string, (string | undefined)[]>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prom-agent-manager-'));
    clock = new ManualClock();
    stop = new AbortController();
    found = new Map();
  });
  afterEach(() => rm(folder, { recursive: true }));

  function files(name: string): DiscoveryConfig {
    return { kind: 'file', files: [join(folder, name)], refreshIntervalMs: 300_000 };
  }

  function create(jobs: Record<string, DiscoveryConfig[]>): DiscoveryManager {
    return new DiscoveryManager({
      jobs: Object.entries(jobs).map(([job, discoveries]) => ({ job, discoveries })),
      onGroups: (job, groups) => {
        const addresses = groups.flatMap(({ targets }) => targets.map((t) => t.get('__address__')));
        found.set(job, addresses);
      },
      clock,
      logger: silentLogger,
    });
  }

  it('is ready when all have answered, and has told their groups then', async () => {
    await writeFile(join(folder, 'a.yml'), '- targets: [file:1]');
    const manager = create({
      a: [fixed('a:1', 'a:2'), files('*.yml')],
      b: [fixed('b:1')],
      none: [],
    });
    const running = manager.run(stop.signal);
    await manager.ready();
    expect(found).toEqual(new Map(Object.entries({ a: ['a:1', 'a:2', 'file:1'], b: ['b:1'] })));
    stop.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('is ready at once when there is nothing to find', async () => {
    const manager = create({});
    const running = manager.run(stop.signal);
    await manager.ready();
    stop.abort();
    await running;
  });

  it('is ready although a discovery fails, and says which', async () => {
    await writeFile(join(folder, 'bad.yml'), 'nonsense');
    const manager = create({ bad: [fixed('a:1'), files('bad.yml')], good: [fixed('b:1')] });
    const running = manager.run(stop.signal);
    await manager.ready();
    expect(manager.lastError('bad')?.message).toMatch(
      /bad\.yml: expected a list of target groups$/,
    );
    expect(manager.lastError('good')).toBeUndefined();
    expect(manager.failing()).toEqual(new Map(Object.entries({ bad: 1, good: 0 })));
    expect(found.get('bad')).toEqual(['a:1']);
    stop.abort();
    await running;
  });

  it('whoever waits hears of the close, and of an abort of their own', async () => {
    const manager = create({ a: [files('a.yml')] });
    const ready = manager.ready();
    const impatient = new AbortController();
    const impatiently = manager.ready(impatient.signal);
    impatient.abort(new Error('waited enough'));
    await expect(impatiently).rejects.toThrow('waited enough');
    await expect(manager.ready(impatient.signal)).rejects.toThrow('waited enough');
    stop.abort();
    await manager.run(stop.signal);
    await expect(ready).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('more than ten discoveries do not make Node warn of a leak of listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const running = create({ a: Array.from({ length: 30 }, () => fixed('a:1')) }).run(stop.signal);
    await turn();
    stop.abort();
    await running;
    await turn();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('reads no two files at a time, however many jobs there are', async () => {
    const jobs: Record<string, DiscoveryConfig[]> = {};
    for (let i = 0; i < 20; i++) {
      await writeFile(join(folder, `${i}.yml`), '[]');
      jobs[`job${i}`] = [files(`${i}.yml`)];
    }
    const manager = create(jobs);
    const running = manager.run(stop.signal);
    let most = 0;
    let isReady = false;
    void manager.ready().then(() => {
      isReady = true;
    });
    while (!isReady) {
      const tasks = process.getActiveResourcesInfo().filter((kind) => kind === 'FSReqPromise');
      most = Math.max(most, tasks.length);
      await turn();
    }
    expect(most).toBe(1);
    stop.abort();
    await running;
  });

  it('new jobs start, old ones stop, and what stays is not read again', async () => {
    await writeFile(join(folder, 'a.yml'), '- targets: [a:1]');
    const manager = create({ stays: [files('a.yml')], goes: [fixed('b:1')] });
    const running = manager.run(stop.signal);
    await manager.ready();
    await writeFile(join(folder, 'c.yml'), '- targets: [c:1]');
    found.clear();
    manager.apply([
      { job: 'stays', discoveries: [files('a.yml')] },
      { job: 'comes', discoveries: [files('c.yml'), fixed('c:2')] },
    ]);
    expect(manager.isReady).toBe(false);
    await manager.ready();
    expect(found).toEqual(new Map([['comes', ['c:1', 'c:2']]]));
    expect(manager.groups('stays')).toHaveLength(1);
    expect(manager.groups('goes')).toEqual([]);
    expect([...manager.discoveredTargets()]).toEqual([
      ['stays', 1],
      ['comes', 2],
    ]);
    stop.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('jobs that are given before it runs are the ones that run', async () => {
    const manager = create({ a: [fixed('a:1')] });
    manager.apply([{ job: 'b', discoveries: [fixed('b:1')] }]);
    expect(manager.isReady).toBe(false);
    const running = manager.run(stop.signal);
    await manager.ready();
    expect([...found.keys()]).toEqual(['b']);
    stop.abort();
    await running;
  });

  it('two discoveries that are written alike are two', async () => {
    const manager = create({ a: [fixed('a:1'), fixed('a:1')] });
    const running = manager.run(stop.signal);
    expect(manager.groups('a')).toHaveLength(2);
    stop.abort();
    await running;
  });

  it('counts each failed attempt, and shows a discovery that never failed as 0', async () => {
    await writeFile(join(folder, 'bad.yml'), 'nonsense');
    const manager = create({ bad: [files('bad.yml')], good: [fixed('b:1')] });
    const running = manager.run(stop.signal);
    await manager.ready();
    expect([...manager.counters.failures()]).toEqual([
      { mechanism: 'file', config: 'bad', count: 1 },
      { mechanism: 'static', config: 'good', count: 0 },
    ]);
    await clock.advance(300_000);
    while ([...manager.counters.failures()][0]?.count !== 2) await turn();
    expect([manager.counters.received, manager.counters.passedOn]).toEqual([2, 2]);
    stop.abort();
    await running;
  });

  it('jobs that are configured alike share one discovery, which goes on with either', async () => {
    await writeFile(join(folder, 'a.yml'), 'nonsense');
    const manager = create({ a: [files('a.yml')], b: [files('a.yml'), fixed('b:1')] });
    const running = manager.run(stop.signal);
    await manager.ready();
    expect(clock.pendingTimers).toBe(1);
    expect([...manager.counters.failures()].map(({ count }) => count)).toEqual([1, 1, 0]);
    manager.apply([{ job: 'c', discoveries: [files('a.yml')] }]);
    expect(manager.isReady).toBe(true);
    expect(manager.lastError('c')?.message).toMatch(/expected a list/);
    stop.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });
});
