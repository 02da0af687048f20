import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../made-batch.contract.js';
import { createValueEncoder } from './create-value-encoder.js';

// What prometheus-kafka-adapter writes, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

interface LineCase {
  readonly id: string;
  readonly sample: {
    readonly labels: Readonly<Record<string, string>>;
    readonly timestamp_ms: string;
    readonly value_bits: string;
  };
  readonly expect: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: string;
  };
}

/** The sample as a scrape of a target has it: a stale marker stands apart from the values. */
function lineOf({ labels, timestamp_ms, value_bits }: LineCase['sample']) {
  const bits = BigInt(`0x${value_bits}`);
  const isMarker = bits === 0x7ff0000000000002n;
  const of = new Map(Object.entries(labels));
  const value = new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
  const batch = toBatch({
    targetId: 't',
    timestampMs: Number(timestamp_ms),
    layout: 1,
    samples: isMarker ? [] : [{ labels: of, value }],
    stale: isMarker ? [of] : [],
  });
  const options = { format: 'jsonl', sendNativeHistograms: true, sendExemplars: true };
  const encoder = createValueEncoder(options as never);
  const pieces: Buffer[] = [];
  encoder.encode(batch, encoder.newPart(), ({ bytes }) => pieces.push(Buffer.from(bytes)));
  return { line: JSON.parse(Buffer.concat(pieces).toString()), isMarker };
}

/** The adapter's time: whole seconds, cut off towards 1970; years may have more than four digits. */
function secondsOf(rfc3339: string): bigint {
  const [year = 0, ...rest] = rfc3339.split(/[-T:Z]/, 6).map(Number);
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = rest;
  // The calendar repeats itself every 400 years.
  const cycles = Math.floor((year - 1970) / 400);
  const ms = Date.UTC(year - cycles * 400, month - 1, day, hour, minute, second);
  return BigInt(cycles) * 146_097n * 86_400n + BigInt(ms / 1000);
}

describe('recorded samples', () => {
  const text = isThere ? readFileSync(new URL('kafka_json.jsonl', folder), 'utf8').trim() : '';
  const cases: LineCase[] = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
  it.skipIf(!isThere)('are there', () => expect(cases.length).toBeGreaterThan(0));
  it.skipIf(!isThere).each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const { line, isMarker } = lineOf(one.sample);
    const { __name__, ...labels } = one.expect.labels;
    expect([line.name, line.labels]).toEqual([__name__ ?? '', labels]);
    expect(line.name).toBe(one.expect.name);
    const { value } = one.expect;
    expect(line.value).toBe(typeof line.value === 'number' ? Number(value) : value);
    expect(typeof line.value).toBe(/\d/.test(value) ? 'number' : 'string');
    expect(line.stale).toBe(isMarker ? true : undefined);
    expect(line.timestamp).toBe(Number(one.sample.timestamp_ms));
    expect(BigInt(line.timestamp) / 1000n).toBe(secondsOf(one.expect.timestamp));
  });
});
