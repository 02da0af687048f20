import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';
import { SharedDiscoveries } from './shared-discoveries.js';

const groups = (...sources: string[]): TargetGroup[] =>
  sources.map((source) => ({ source, targets: [], labels: new Map() }));

describe('SharedDiscoveries', () => {
  let shared: SharedDiscoveries;
  let log: string[];
  let say: (update: DiscoveryUpdate) => void;
  let fail: () => void;
  let breakOff: (error: Error) => void;
  let release: () => void;

  beforeEach(() => {
    shared = new SharedDiscoveries();
    log = [];
  });

  function create(attemptFailed: () => void): Discovery {
    log.push('created');
    fail = attemptFailed;
    return {
      kind: 'scripted',
      run: (onUpdate, signal) =>
        new Promise((resolve, reject) => {
          say = onUpdate;
          breakOff = reject;
          release = resolve;
          signal.addEventListener('abort', () => log.push('stopped'));
        }),
    };
  }

  function job(name: string, key = 'one') {
    const discovery = shared.of(key, 'scripted', create, () => log.push(`${name} failed`));
    const stop = new AbortController();
    const running = discovery.run((update) => {
      log.push(`${name}: ${update.groups.map(({ source }) => source)}`);
    }, stop.signal);
    return { stop, running };
  }

  it('runs once for all, and tells a late one what is known', async () => {
    job('a');
    await turn();
    say({ groups: groups('x'), error: undefined });
    job('b');
    say({ groups: groups('y'), error: undefined });
    fail();
    expect(log).toEqual(['created', 'a: x', 'b: x', 'a: y', 'b: y', 'a failed', 'b failed']);
  });

  it('what is configured otherwise is another discovery', async () => {
    job('a');
    job('b', 'two');
    await turn();
    say({ groups: groups('x'), error: undefined });
    expect(log).toEqual(['created', 'created', 'b: x']);
  });

  it('goes on until the last one leaves, who waits for its end', async () => {
    const a = job('a');
    const b = job('b');
    await turn();
    a.stop.abort();
    await a.running;
    say({ groups: groups('x'), error: undefined });
    b.stop.abort();
    expect(log).toEqual(['created', 'b: x', 'stopped']);
    let hasEnded = false;
    void b.running.then(() => {
      hasEnded = true;
    });
    await turn();
    expect(hasEnded).toBe(false);
    release();
    await b.running;
  });

  it('starts anew after its end, also while the old one is still ending', async () => {
    const a = job('a');
    await turn();
    a.stop.abort();
    job('b');
    await turn();
    say({ groups: groups('x'), error: undefined });
    expect(log).toEqual(['created', 'stopped', 'created', 'b: x']);
  });

  it('one that leaves at once leaves nothing behind', async () => {
    const a = job('a');
    a.stop.abort();
    await turn();
    release();
    await a.running;
    expect(log).toEqual(['created']);
  });

  it('one that breaks off breaks off for all', async () => {
    const ends = [job('a').running, job('b').running];
    await turn();
    breakOff(new Error('a bug'));
    const settled = await Promise.allSettled(ends);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
