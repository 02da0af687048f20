import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lintMetrics } from './lint-metrics.js';

// What promlint answers, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

interface LintCase {
  id: string;
  level?: 'must' | 'reference' | 'judgement';
  input: string;
  expect: { problems: { metric: string; text: string }[] };
}

describe('recorded bodies', () => {
  const lines = isThere ? readFileSync(new URL('promlint.jsonl', folder), 'utf8').trim() : '';
  const cases: LintCase[] = lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line));
  const binding = cases.filter(({ level }) => level !== 'judgement');
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(binding.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    expect(lintMetrics(Buffer.from(one.input)).problems).toEqual(one.expect.problems);
  });
});
