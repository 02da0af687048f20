import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { parsedSamples, scrapedSamples } from './samples-by-series.js';

/*
 * Arbitrary expositions, good and bad, through a real Prometheus (scraped by it, read back by its
 * API) and through our parser: both refuse, or both have the same samples.
 */

const bodyCount = 60;
const seed = Date.now() | 0;

const space = fc.constantFrom(' ', ' ', ' ', '  ', '\t');
const number = fc.oneof(
  fc.double().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.integer().map(String),
  fc.constantFrom('NaN', 'nan', '+Inf', 'Inf', '-inf', 'infinity', '.5', '5.', '1e3', '+1', '017'),
  fc.constantFrom('0x1p3', '1_000', '1e400', '+NaN', '1 1 1', 'one', '', '1,5'),
);
const goodNumber = number.filter((text) => !/x|_|400|\+NaN|1 1 1|one|^$|,/.test(text));
const labelValue = fc.oneof(
  fc
    .string({ maxLength: 8, unit: 'grapheme' })
    .map((text) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')),
  fc.constantFrom('', 'ü', '\\q', 'a\\\\b', '😀'),
);
const labelName = fc.constantFrom('a', 'b', 'le', 'quantile', '"l.x"', '"größe"');
const labels = fc
  .uniqueArray(fc.tuple(labelName, labelValue), { selector: ([name]) => name, maxLength: 3 })
  .map((pairs) => pairs.map(([name, value]) => `${name}="${value}"`));

function seriesText(name: string, pairs: readonly string[], comma: string): string {
  if (name.startsWith('"')) return `{${[name, ...pairs].join(',')}${comma}}`;
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}${comma}}`;
}

function sampleLine(i: number, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const name = fc.constantFrom(`m${i}`, `m${i}:x`, `"m${i}.größe"`);
  const comma = fc.constantFrom('', '', ',');
  return fc
    .tuple(name, labels, comma, space, value)
    .map(([plain, pairs, end, gap, text]) => `${seriesText(plain, pairs, end)}${gap}${text}`);
}

const comment = fc.constantFrom(
  '# a comment',
  '#',
  '# HELP m0 words \\n and more',
  '# TYPE m1 histogram',
  '# TYPE m2 summary',
  '# TYPE m3 gauge',
  '',
);
const badLine = fc.constantFrom(
  'm9{',
  'm9{a=b} 1',
  '{a="b"} 1',
  'm9 1 1.5',
  '# TYPE m9 info',
  '9m 1',
);

const body = fc
  .tuple(
    fc.array(
      fc.integer({ min: 0, max: 8 }).chain((i) => sampleLine(i, goodNumber)),
      { maxLength: 12 },
    ),
    fc.array(comment, { maxLength: 4 }),
    fc.array(fc.oneof(badLine, sampleLine(10, number)), { maxLength: 1 }),
    fc.boolean(),
    fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
  )
  .map(([good, comments, bad, newline, order]) => {
    const unique = [...new Map(good.map((line) => [line.split(/[ \t]/)[0], line])).values()];
    const lines = [...comments, ...unique, ...bad].map(
      (line, i) => [order[i % 20]!, line] as const,
    );
    const sorted = lines.sort(([a], [b]) => a - b).map(([, line]) => line);
    return sorted.join('\n') + (newline ? '\n' : '');
  });

const bodies = fc.sample(body, { seed, numRuns: bodyCount });

/** Undefined where we refuse the body. */
function ours(text: string): Map<string, string> | undefined {
  try {
    return parsedSamples(Buffer.from(text), 'text');
  } catch {
    return undefined;
  }
}

describe.skipIf(requireServer('prometheus'))(
  `a real Prometheus and our parser, body for body (seed ${seed})`,
  () => {
    let exporter: FakeExporter;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      exporter = await startExporter((request, response) => {
        const index = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('i'));
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(bodies[index]);
      });
      prometheus = await startPrometheus({
        config: {
          scrape_configs: bodies.map((_body, i) => ({
            job_name: `body-${i}`,
            scrape_interval: '1s',
            scrape_timeout: '1s',
            params: { i: [String(i)] },
            static_configs: [{ targets: [exporter.address] }],
          })),
        },
      });
      await prometheus.find(`count(up) == ${bodyCount}`);
    });

    afterAll(async () => {
      await prometheus?.stop();
      await exporter?.stop();
    });

    it.each(bodies.map((text, i) => [i, text] as const))('body %i', async (i, text) => {
      const [up] = await prometheus.find(`up{job="body-${i}"}`);
      const found = await prometheus.query(`{job="body-${i}",__name__!~"up|scrape_.*"}`);
      const samples = scrapedSamples(found);
      const expected = ours(text);
      expect({ text, up: up!.samples[0]!.value, samples }).toEqual({
        text,
        up: expected === undefined ? 0 : 1,
        samples: expected ?? new Map(),
      });
    });
  },
);
