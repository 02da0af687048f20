import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSeries } from '../../exposition/decode-series.js';
import { seriesContext } from '../../exposition/series-context.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { defaultScrapeJob } from '../../targets/scrape-job.js';
import { LabelEncoder } from './label-encoder.js';
import { PlainSeries } from './plain-series.js';
import { createSeriesPolicy } from './series-policy.js';

const target = new Map([
  ['instance', 'h:1'],
  ['job', 'j'],
]);

function start(external: Record<string, string> = {}, honorLabels = false) {
  const encoder = new LabelEncoder(new Map(Object.entries(external)));
  const job = { ...defaultScrapeJob, name: 'j', http: plainHttpClient, honorLabels };
  const decide = createSeriesPolicy({ targetLabels: target, job, relabeller: undefined, encoder });
  const plain = new PlainSeries(target, encoder);
  return {
    short: (text: string) => plain.encode(Buffer.from(text))?.slice(),
    long: (text: string) => decide(decodeSeries(Buffer.from(text), seriesContext.plain))?.slice(),
  };
}

test.each([
  'up',
  'a:b_c',
  'a{b="c"}',
  'a{b="c",}',
  'a{}',
  'a{z="1",b="2",B="3",_="4"}',
  'a{b="with space, {braces} and = signs"}',
  `a{b="${'long'.repeat(100)}"}`,
  'a{b="line\nbreak"}',
])('%s goes the short way and comes out as by the long one', (text) => {
  const { short, long } = start({ region: 'eu' });
  expect(short(text)).toEqual(Uint8Array.from(long(text)!));
});

// What has to be decided, or looked at closer.
test.each([
  ['an escape', 'a{b="\\n"}'],
  ['more than ASCII', 'a{b="ä"}'],
  ['a label of the target', 'a{job="x"}'],
  ['an external label', 'a{region="x"}'],
  ['an empty value', 'a{b=""}'],
  ['a label twice', 'a{b="1",b="2"}'],
  ['the name as a label', 'a{__name__="b"}'],
  ['a quoted name', '{"a.b",c="d"}'],
  ['a quoted label', 'a{"b.c"="d"}'],
  ['blanks', 'a {b="c"}'],
  ['blanks inside', 'a{ b="c"}'],
  ['a NUL', 'a{b="\0"}'],
  ['very many labels', `a{${Array.from({ length: 70 }, (_, i) => `l${i}="x"`).join(',')}}`],
])('%s goes the long way', (_name, text) => {
  expect(start({ region: 'eu' }).short(text)).toBeUndefined();
});

const name = fc.constantFrom(
  'a',
  'b',
  'B',
  'zz',
  '_x',
  'job',
  'instance',
  'region',
  'le',
  '__name__',
);
const value = fc.oneof(
  fc.constantFrom('', '1', 'a value', '\\n', '\\"', 'ä', '\u0001', '}', ',', 'a{b}'),
  fc.string({ maxLength: 200 }).map((text) => text.replace(/["\\\n\0]/g, '')),
);
const text = fc
  .tuple(
    fc.constantFrom('m', 'a:b', '_'),
    fc.array(fc.tuple(name, value), { maxLength: 6 }),
    fc.constantFrom('', ',', ' '),
  )
  .map(([metric, labels, end]) =>
    labels.length === 0
      ? metric
      : `${metric}{${labels.map(([n, v]) => `${n}="${v}"`).join(',')}${end}}`,
  );

test('where it goes the short way, the bytes are those of the long one', () => {
  for (const honorLabels of [false, true]) {
    const { short, long } = start({ region: 'eu', zone: 'a' }, honorLabels);
    let went = 0;
    fc.assert(
      fc.property(text, (series) => {
        const bytes = short(series);
        if (bytes === undefined) return;
        went++;
        expect(bytes).toEqual(Uint8Array.from(long(series)!));
      }),
      { numRuns: 2_000 },
    );
    expect(went).toBeGreaterThan(200);
  }
});
