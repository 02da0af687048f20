import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.js';
import { parseConfig } from '../config/load-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { silentLogger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import { TargetBuilds } from './target-builds.js';

function groupOf(count: number): TargetGroup {
  const targets = Array.from({ length: count }, (_, i) => new Map([['__address__', `h${i}:1`]]));
  return { source: '0', targets, labels: new Map() };
}

function setUp(clock: Clock) {
  const told: [job: string, added: number, removed: number][] = [];
  const builds = new TargetBuilds({
    clock,
    logger: silentLogger,
    onChanges: (job, { added, removed }) => told.push([job, added.length, removed.length]),
  });
  const yaml = 'scrape_configs: [{job_name: a}, {job_name: b}]';
  for (const config of parseConfig(yaml, 'prometheus.yml').scrapeConfigs) builds.setJob(config);
  return { builds, told };
}

/** Every look at it takes a while. */
function slowClock(msPerLook: number): Clock {
  let nowMs = 0;
  const monotonicMs = () => {
    nowMs += msPerLook;
    return nowMs;
  };
  return { nowMs: monotonicMs, monotonicMs, setTimer: () => ({ cancel() {} }) };
}

describe('TargetBuilds', () => {
  it('builds what fits into one slice at once, and tells of it in pieces', () => {
    const { builds, told } = setUp(new ManualClock());
    builds.setGroups('a', [groupOf(120)]);
    expect(told).toEqual([
      ['a', 50, 0],
      ['a', 50, 0],
      ['a', 20, 0],
    ]);
  });

  it('lets the event loop go on between slices', async () => {
    const { builds, told } = setUp(slowClock(1));
    builds.setGroups('a', [groupOf(50)]);
    expect(told).toEqual([]);
    let turns = 0;
    const count = (): void => {
      turns++;
      setImmediate(count).unref();
    };
    setImmediate(count).unref();
    await builds.idle();
    expect(told).toEqual([['a', 50, 0]]);
    expect(turns).toBeGreaterThan(5);
  });

  it('compiles the rules of a job and runs each for the first time in a turn of its own', async () => {
    const { builds, told } = setUp(slowClock(1));
    const rules = '{target_label: a, replacement: b}, '.repeat(20);
    const yaml = `scrape_configs: [{job_name: a, relabel_configs: [${rules}]}]`;
    for (const config of parseConfig(yaml, 'prometheus.yml').scrapeConfigs) builds.setJob(config);
    let turns = 0;
    const count = (): void => {
      turns++;
      setImmediate(count).unref();
    };
    setImmediate(count).unref();
    builds.setGroups('a', [groupOf(1)]);
    await builds.idle();
    expect(told).toEqual([['a', 1, 0]]);
    expect(turns).toBeGreaterThan(40);
  });

  it('builds the newest groups when several came in the meantime', async () => {
    const { builds, told } = setUp(slowClock(1));
    builds.setGroups('a', [groupOf(10)]);
    builds.setGroups('b', [groupOf(1)]);
    builds.setGroups('b', [groupOf(2)]);
    await builds.idle();
    expect(told).toEqual([
      ['a', 10, 0],
      ['b', 2, 0],
    ]);
  });

  it('a job that is removed loses its targets, and its groups are not listened to', async () => {
    const { builds, told } = setUp(new ManualClock());
    builds.setGroups('a', [groupOf(3)]);
    builds.removeJob('a');
    builds.setGroups('a', [groupOf(3)]);
    await builds.idle();
    expect(told).toEqual([
      ['a', 3, 0],
      ['a', 0, 3],
    ]);
    expect([...builds.droppedCounts().keys()]).toEqual(['b']);
  });

  it('a job that comes back before its removal was built goes on', async () => {
    const { builds, told } = setUp(slowClock(1));
    builds.setGroups('a', [groupOf(3)]);
    await builds.idle();
    builds.removeJob('a');
    builds.setJob(parseConfig('scrape_configs: [{job_name: a}]', 'x').scrapeConfigs[0]!);
    await builds.idle();
    builds.setGroups('a', [groupOf(4)]);
    await builds.idle();
    expect(told).toContainEqual(['a', 4, 0]);
  });
});
