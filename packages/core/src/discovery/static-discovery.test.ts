import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeDiscoveryContract } from './discovery.contract.js';
import type { DiscoveryUpdate } from './discovery.js';
import { StaticDiscovery } from './static-discovery.js';

const groups = [
  { targets: ['a:1', 'b:2'], labels: { env: 'x', empty: '' } },
  { targets: [], labels: {} },
  { targets: ['c:3'], labels: {} },
];

describeDiscoveryContract('StaticDiscovery', async () => ({
  discovery: new StaticDiscovery({ kind: 'static', groups }),
  letItSee: () => turn(),
  pendingTimers: () => 0,
  close: async () => {},
}));

describe('StaticDiscovery', () => {
  it('finds what is written; a label without a value is none', () => {
    const updates: DiscoveryUpdate[] = [];
    const stop = new AbortController();
    const discovery = new StaticDiscovery({ kind: 'static', groups });
    void discovery.run((update) => updates.push(update), stop.signal);
    stop.abort();
    expect(updates).toEqual([
      {
        groups: [
          {
            source: '0',
            targets: [new Map([['__address__', 'a:1']]), new Map([['__address__', 'b:2']])],
            labels: new Map([['env', 'x']]),
          },
          { source: '1', targets: [], labels: new Map() },
          { source: '2', targets: [new Map([['__address__', 'c:3']])], labels: new Map() },
        ],
        error: undefined,
      },
    ]);
  });
});
