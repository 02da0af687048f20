import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { RegistryLike } from './registry.js';
import { renderRegistry } from './render-registry.js';

async function ours(registry: Registry): Promise<string> {
  const walk = renderRegistry(registry as unknown as RegistryLike);
  const chunks: Uint8Array[] = [];
  for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Without the empty lines between metrics; its spelling of NaN is its own. */
async function theirs(registry: Registry): Promise<string> {
  const text = Buffer.from(await registry.metrics()).toString();
  return text.replaceAll(/\n\n+/g, '\n').replaceAll(/ Nan$/gm, ' NaN').replace(/^\n$/, '');
}

const labelValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '"', '\\', '\n', '\\n"', 'a,b="c"', 'é', '日本', '\ud800', '👩‍🚀', '\r\t\0'),
  fc.double(),
  fc.boolean() as unknown as fc.Arbitrary<string>,
);
const labels = fc.record({ a: labelValue, b: labelValue }, { requiredKeys: [] });
const anyValue = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(
    0,
    -0,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    1e21,
    1e-7,
    Number.NaN,
    -Infinity,
    Infinity,
  ),
);
const finite = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const positive = fc.oneof(fc.double({ min: 0, max: 1e300, noNaN: true }), fc.nat());
const help = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const series = <T>(value: fc.Arbitrary<T>) => fc.array(fc.tuple(labels, value), { maxLength: 6 });
const buckets = fc.oneof(
  fc.constant([]),
  fc.uniqueArray(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 5 }),
);

const metrics = fc.record({
  help,
  counter: series(positive),
  gauge: series(anyValue),
  buckets,
  histogram: series(finite),
  summary: series(finite),
});

function registryOf(model: typeof metrics extends fc.Arbitrary<infer T> ? T : never): Registry {
  const registry = new Registry();
  const common = { help: model.help, labelNames: ['a', 'b'] as const, registers: [registry] };
  const counter = new Counter({ name: 'counter_total', ...common });
  for (const [labelSet, value] of model.counter) counter.inc(labelSet, value);
  const gauge = new Gauge({ name: 'gauge', ...common });
  for (const [labelSet, value] of model.gauge) gauge.set(labelSet, value);
  const bounds = model.buckets.toSorted((a, b) => a - b);
  const histogram = new Histogram({ name: 'histogram', ...common, buckets: bounds });
  for (const [labelSet, value] of model.histogram) histogram.observe(labelSet, value);
  const summary = new Summary({ name: 'summary', ...common });
  for (const [labelSet, value] of model.summary) summary.observe(labelSet, value);
  new Gauge({ name: 'plain', help: 'h', registers: [registry] });
  new Histogram({ name: 'plain_histogram', help: 'h', registers: [registry] });
  return registry;
}

describe('the text of a registry', () => {
  it('is the one that prom-client makes, whatever labels and values hold', async () => {
    await fc.assert(
      fc.asyncProperty(metrics, async (model) => {
        const registry = registryOf(model);
        // Theirs of a summary compresses its digest, as ours does: twice changes nothing.
        const expected = await theirs(registry);
        expect(await ours(registry)).toBe(expected);
        expect(await theirs(registry)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('has the same labels as prom-client makes with default labels, in another order', async () => {
    const word = fc.constantFrom('x', 'y', '1');
    const few = fc.record({ a: word, b: word }, { requiredKeys: [] });
    const defaults = fc.dictionary(fc.constantFrom('a', 'zone', 'le', 'quantile'), word);
    const model = fc.tuple(fc.array(few, { maxLength: 4 }), defaults);
    await fc.assert(
      fc.asyncProperty(model, async ([labelSets, defaultLabels]) => {
        const registry = new Registry();
        const common = { help: 'h', labelNames: ['a', 'b'] as const, registers: [registry] };
        const gauge = new Gauge({ name: 'g', ...common });
        const histogram = new Histogram({ name: 'h', ...common, buckets: [1] });
        for (const labelSet of labelSets) {
          gauge.set(labelSet, 1);
          histogram.observe(labelSet, 1);
        }
        registry.setDefaultLabels(defaultLabels);
        expect(sortedLabels(await ours(registry))).toBe(sortedLabels(await theirs(registry)));
      }),
    );
  });

  it('follows what happens to series between two renders', async () => {
    const registry = new Registry();
    const common = { help: 'h', labelNames: ['a'] as const, registers: [registry] };
    const gauge = new Gauge({ name: 'g', ...common });
    const histogram = new Histogram({ name: 'h', ...common });
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom('set', 'set', 'set', 'remove', 'reset', 'zero'),
        a: fc.constantFrom('1', '2', '3', '4'),
        value: fc.integer(),
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        for (const { what, a, value } of list) {
          if (what === 'set') {
            gauge.set({ a }, value);
            histogram.observe({ a }, value);
          } else if (what === 'remove') {
            gauge.remove({ a });
            histogram.remove({ a });
          } else if (what === 'zero') histogram.zero({ a });
          else registry.resetMetrics();
        }
        expect(await ours(registry)).toBe(await theirs(registry));
      }),
    );
  });
});

function sortedLabels(text: string): string {
  return text.replaceAll(/\{([^}]*)\}/g, (_, pairs: string) => `{${pairs.split(',').sort()}}`);
}
