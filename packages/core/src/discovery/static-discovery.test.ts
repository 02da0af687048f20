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
    const found = updates.map(({ groups, error }) => ({
      groups: groups.map(({ source, targets, labels }) => ({
        source,
        targets: targets.map((target) => Object.fromEntries(target)),
        labels: Object.fromEntries(labels),
      })),
      error,
    }));
    expect(found).toEqual([
      {
        groups: [
          {
            source: '0',
            targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }],
            labels: { env: 'x' },
          },
          { source: '1', targets: [], labels: {} },
          { source: '2', targets: [{ __address__: 'c:3' }], labels: {} },
        ],
        error: undefined,
      },
    ]);
  });
});
