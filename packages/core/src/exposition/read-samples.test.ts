import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../errors.js';
import { parseExposition } from './parse-exposition.js';
import { readSamples } from './read-samples.js';

const bytes = (text: string) => new TextEncoder().encode(text);

it('says of a sample what the body says of its family, whatever line says it', () => {
  const body = bytes(
    'a 1\n# TYPE a gauge\n# HELP a b\nc 2\n# TYPE h histogram\nh_sum 3\nh_other 4\n',
  );
  const metadata = [...readSamples(body, 'text')].map((sample) => [sample.name, sample.metadata]);
  expect(metadata).toEqual([
    ['a', { type: 'gauge', help: 'b', unit: '' }],
    ['c', undefined],
    ['h_sum', { type: 'histogram', help: '', unit: '' }],
    ['h_other', undefined],
  ]);
});

describe('what only the storage of Prometheus refuses has its line too', () => {
  it.each([
    ['a 1\nb{x="1",x="2"} 2\n', 2, 1, 'label "x" only once'],
    ['# HELP a b{x="1",x="2"} in a text\na 1\n  b{x="1",x="2"} 2\n', 3, 3, 'label "x" only once'],
    ['a 1\na{""="x"} 1\n', 2, 1, 'label names that are not empty'],
    ['{""} 1\n', 1, 1, 'a metric name that is not empty'],
  ])('%j', (text, line, column, expected) => {
    expect(failureOf(bytes(text), 'text')).toMatchObject({ data: { line, column, expected } });
  });
});

function failureOf(body: Uint8Array, format: 'text' | 'openmetrics'): PromAgentError | undefined {
  try {
    readSamples(body, format);
    return undefined;
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    return error;
  }
}

interface ParseCase {
  id: string;
  input?: string;
  input_b64?: string;
}

// Recorded bodies; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../shared/conformance/', import.meta.url);

describe.skipIf(!existsSync(folder)).each([
  ['text', 'text_parse.jsonl'],
  ['openmetrics', 'openmetrics_parse.jsonl'],
] as const)('recorded %s bodies', (format, file) => {
  it('gives what the parser gives at once, or an error with line and column', () => {
    for (const line of readFileSync(new URL(file, folder), 'utf8').trim().split('\n')) {
      const { id, input, input_b64 = '' }: ParseCase = JSON.parse(line);
      const body = input === undefined ? Buffer.from(input_b64, 'base64') : Buffer.from(input);
      const failure = failureOf(body, format);
      if (failure !== undefined) {
        expect(failure.data, id).toMatchObject({
          line: expect.any(Number),
          column: expect.any(Number),
          expected: expect.any(String),
        });
        expect(() => parseExposition(body, format), id).toThrow();
        continue;
      }
      const samples = Array.from(readSamples(body, format), ({ labels, metadata, ...sample }) => ({
        ...sample,
        labels: Object.fromEntries(labels),
        ...(metadata ?? { type: 'unknown', help: '', unit: '' }),
      }));
      expect(samples, id).toEqual(parseExposition(body, format));
    }
  });
});
