import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../exposition/render/byte-sink.js';
import type { Metadata } from '../../../model/metadata.js';
import type { PushedSeries } from './pushed-series.js';
import { SharedTexts } from './shared-texts.js';
import { TextTemplate } from './text-template.js';

/** Series 3 n to 3 n + 2 are of one family; of every other one something is said. */
const seriesOf = (ref: number): PushedSeries => ({
  name: `m${Math.floor(ref / 3)}`,
  labels: [['n', String(ref)]],
});
const families = new Map<string, Metadata>(
  [0, 2, 4, 6].map((n) => [`m${n}`, { type: 'gauge', help: `Of ${n}.`, unit: '' }]),
);

function bodyOf(template: TextTemplate, refs: readonly number[]): string {
  const sink = new ByteSink();
  template.fill(Float64Array.from(refs), sink);
  const body = Buffer.concat(sink.takeAll());
  expect(body.length).toBeLessThanOrEqual(template.mostBytes);
  return body.toString();
}

describe('the text of a group whose series change', () => {
  const refsOfScrape = fc.array(fc.nat(20), { maxLength: 12 });

  it('is what it would be, had there been no scrape before; nothing is left of series that went', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), refsOfScrape), { minLength: 1, maxLength: 12 }),
        (scrapes) => {
          const texts = new SharedTexts();
          const groups = [0, 1, 2].map(() => new TextTemplate(texts));
          for (const [group, refs] of scrapes) {
            const scraped = {
              refs: Int32Array.from(refs),
              read: seriesOf,
              families: () => families,
            };
            const fresh = new TextTemplate(new SharedTexts());
            expect(groups[group]!.change(scraped) && fresh.change(scraped)).toBe(true);
            expect(bodyOf(groups[group]!, refs)).toBe(bodyOf(fresh, refs));
          }
          for (const group of groups) group.clear();
          expect(texts.size).toBe(0);
        },
      ),
    );
  });

  it('asks for the labels of new series alone', () => {
    const asked: number[] = [];
    const template = new TextTemplate(new SharedTexts());
    const change = (...refs: number[]): boolean =>
      template.change({
        refs: Int32Array.from(refs),
        read: (ref) => {
          asked.push(ref);
          return seriesOf(ref);
        },
        families: () => families,
      });
    change(1, 2, 3);
    asked.length = 0;
    change(3, 4, 1);
    expect(asked).toEqual([4]);
    change(2);
    expect(asked).toEqual([4, 2]);
  });

  it('holds a text once for all groups that have it', () => {
    const texts = new SharedTexts();
    const scraped = { refs: Int32Array.of(0, 1, 3), read: seriesOf, families: () => families };
    const groups = Array.from({ length: 5 }, () => new TextTemplate(texts));
    for (const group of groups) group.change(scraped);
    // Three series, and what is said of m0.
    expect(texts.size).toBe(4);
    for (const group of groups.slice(1)) group.clear();
    expect(bodyOf(groups[0]!, [1, 2, 3])).toBe(
      '# HELP m0 Of 0.\n# TYPE m0 gauge\nm0{n="0"} 1\nm0{n="1"} 2\nm1{n="3"} 3\n',
    );
  });

  it('is empty where a name is one that text cannot hold', () => {
    const texts = new SharedTexts();
    const template = new TextTemplate(texts);
    const read = (ref: number): PushedSeries =>
      ref === 2 ? { name: 'a.b', labels: [] } : seriesOf(ref);
    const change = (...refs: number[]): boolean =>
      template.change({ refs: Int32Array.from(refs), read, families: () => families });
    expect(change(0, 1)).toBe(true);
    expect(change(0, 1, 2)).toBe(false);
    expect(bodyOf(template, [])).toBe('');
    expect(texts.size).toBe(0);
    expect(change(0)).toBe(true);
  });
});
