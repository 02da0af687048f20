import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { DiscoveryUpdate, TargetGroup } from './discovery.js';
import { refreshUntilAbort } from './refresh-loop.js';

const group = (source: string): TargetGroup => ({ source, targets: [], labels: new Map() });
const [a, b] = [group('a'), group('b')];

describe('refreshUntilAbort', () => {
  let clock: ManualClock;
  let told: string[];
  let failures: number;
  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    failures = 0;
  });

  async function refresh(...answers: (TargetGroup[] | Error | string)[]): Promise<void> {
    const stop = new AbortController();
    const deps = { clock, logger: silentLogger, attemptFailed: () => failures++ };
    const find = async () => {
      const answer = answers.shift();
      if (answers.length === 0) stop.abort();
      if (Array.isArray(answer)) return answer;
      throw answer;
    };
    const onUpdate = ({ groups, error }: DiscoveryUpdate) => {
      const sources = groups.map(({ source }) => source).join();
      told.push(`${clock.monotonicMs()}: ${sources}${error ? ` ${error.message}` : ''}`);
    };
    const running = refreshUntilAbort({ intervalMs: 10, find }, deps, onUpdate, stop.signal);
    await clock.advance(1_000);
    await running;
    expect(clock.pendingTimers).toBe(0);
  }

  it.each<[string, (TargetGroup[] | Error | string)[], string[]]>([
    ['tells what changed', [[a], [a], [a, b], [b], []], ['0: a', '20: a,b', '30: b']],
    [
      'a failure keeps what was found and is told once',
      [[a], new Error('x'), new Error('x'), new Error('y'), [a], []],
      ['0: a', '10: a x', '30: a y', '40: a'],
    ],
    ['a first failure is told', [new Error('x'), [a], []], ['0:  x', '10: a']],
    ['what is no error becomes one', ['x', []], ['0:  x']],
    ['the last answer comes after the abort', [[a]], []],
    ['an error after the abort is none', [[a], new Error('aborted')], ['0: a']],
  ])('%s', async (_name, answers, wanted) => {
    const errors = answers.slice(0, -1).filter((answer) => !Array.isArray(answer)).length;
    await refresh(...answers);
    expect(told).toEqual(wanted);
    expect(failures).toBe(errors);
  });
});
