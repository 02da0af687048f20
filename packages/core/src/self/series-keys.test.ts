import { Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { promClientRows } from './prom-client-rows.js';
import { forgetKey, listKeys, type SeriesMap } from './series-keys.js';

/** As prom-client fills it. */
function mapOf(count: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) map[`a:${i},`] = { value: i };
  return map;
}

describe('listKeys', () => {
  it('leaves a small map as it is', () => {
    const map = mapOf(100);
    expect(listKeys(map)).toEqual(Object.keys(map));
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  });

  it.each([
    ['gives new keys of a large map', (map: Record<string, unknown>) => (map['b:1,'] = {})],
    ['gives no key twice', (map: Record<string, unknown>) => (map['a:7,'] = {})],
    [
      'gives a key again that was removed and came back',
      (map: Record<string, unknown>) => {
        delete map['a:7,'];
        forgetKey(map, 'a:7,');
        map['a:7,'] = {};
      },
    ],
    ['stands a key that is a property of all objects', (map) => (map['constructor'] = {})],
  ] as [string, (map: Record<string, unknown>) => void][])('%s', (_, change) => {
    const map = mapOf(5000);
    listKeys(map);
    change(map);
    expect(listKeys(map).toSorted()).toEqual(Object.keys(map).toSorted());
  });

  it('does not change what the map holds or says of itself', () => {
    const map = mapOf(5000);
    const before = JSON.stringify(map);
    listKeys(map);
    expect(JSON.stringify(map)).toBe(before);
    expect(map['b:1,']).toBeUndefined();
    expect('b:1,' in map).toBe(false);
    expect(map.toString()).toBe('[object Object]');
    let count = 0;
    for (const _ in map) count++;
    expect(count).toBe(5000);
  });

  it('does not touch a map whose prototype is somebody’s', () => {
    const map = Object.assign(Object.create({ own: 1 }) as SeriesMap, mapOf(5000));
    const prototype: unknown = Object.getPrototypeOf(map);
    listKeys(map);
    expect(Object.getPrototypeOf(map)).toBe(prototype);
  });
});

describe('the rows of a large metric', () => {
  it('follow removals, additions and a reset', () => {
    const gauge = new Gauge({
      name: 'g',
      help: 'h',
      labelNames: ['a'],
      registers: [new Registry()],
    });
    const read = (): number[] => {
      const rows = promClientRows(gauge);
      if (rows?.kind !== 'values') throw new Error('no rows');
      const values = Array.from({ length: rows.count }, (_, i) => rows.read(i)?.value);
      return values.filter((value) => value !== undefined);
    };
    for (let a = 0; a < 5000; a++) gauge.set({ a }, a);
    expect(read()).toHaveLength(5000);
    gauge.remove({ a: 17 });
    gauge.set({ a: 'new' }, -1);
    gauge.inc({ a: 18 }, 0.5);
    expect(read()).toHaveLength(5000);
    expect(read()).toEqual(expect.arrayContaining([-1, 18.5]));
    expect(read()).not.toContain(17);
    gauge.set({ a: 17 }, 17);
    expect(read().filter((value) => value === 17)).toHaveLength(1);
    gauge.reset();
    expect(read()).toEqual([]);
    gauge.set({ a: 'x' }, 3);
    expect(read()).toEqual([3]);
  });
});
