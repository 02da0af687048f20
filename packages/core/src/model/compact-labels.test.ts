import { describe, expect, it } from 'vitest';
import { CompactLabels, LabelNames } from './compact-labels.js';

describe('CompactLabels', () => {
  it('reads as the Map it stands for', () => {
    const map = new Map([
      ['b', '1'],
      ['a', '2'],
    ]);
    const labels = new CompactLabels(new LabelNames().and('b').and('a'), ['1', '2']);
    const seen: [string, string][] = [];
    labels.forEach((value, name) => {
      seen.push([name, value]);
    });
    expect(seen).toEqual([...map]);
    expect([...labels]).toEqual([...map]);
    expect([...labels.keys()]).toEqual([...map.keys()]);
    expect([...labels.values()]).toEqual([...map.values()]);
    expect(labels.size).toBe(2);
    expect([labels.get('a'), labels.get('c'), labels.has('b'), labels.has('c')]).toEqual([
      '2',
      undefined,
      true,
      false,
    ]);
  });

  it('has one list of names for all sets that have them in one order', () => {
    const none = new LabelNames();
    expect(none.and('a').and('b')).toBe(none.and('a').and('b'));
    expect(none.and('b').and('a')).not.toBe(none.and('a').and('b'));
    expect(none.and('a').and('c').list).toEqual(['a', 'c']);
  });
});
