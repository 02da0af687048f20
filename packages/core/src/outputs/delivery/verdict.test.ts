import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judge } from './verdict.js';

const cases = new URL(
  '../../../../../../shared/conformance/remote_write_retry.jsonl',
  import.meta.url,
);
const nowMs = Date.parse('2026-11-21T10:00:00Z');
const answered = (status: number, retryAfter?: string) => ({ status, retryAfter, words: '' });

describe('judge', () => {
  const retried: [status: number, header: string | undefined, afterMs: number][] = [
    [0, undefined, 0],
    [500, undefined, 0],
    [503, '7', 7000],
    [429, '0', 0],
    [503, ' 7', 0],
    [503, '0x10', 0],
    [503, 'Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    [503, 'Saturday, 21-Nov-26 10:00:30 GMT', 30_000],
    [503, 'Sat, 21 Nov 2026 09:59:30 GMT', 0],
    [503, 'Sat, 99 Nov 2026 10:00:30 GMT', 0],
    [503, '2026-11-21T10:00:30Z', 0],
    [429, '999999999', 24 * 60 * 60_000],
  ];
  it.each(retried)('%d with Retry-After %s is sent again', (status, header, afterMs) => {
    expect(judge(answered(status, header), true, nowMs)).toEqual({ kind: 'retry', afterMs });
  });

  it.each([200, 204, 299])('%d is delivered', (status) => {
    expect(judge(answered(status), true, nowMs)).toEqual({ kind: 'delivered' });
  });

  it.each([300, 302, 308, 400, 404, 413, 422])('%d is a refusal', (status) => {
    expect(judge(answered(status, '5'), true, nowMs)).toEqual({ kind: 'rejected' });
  });

  it('429 is a refusal when it is not to be retried', () => {
    expect(judge(answered(429, '5'), false, nowMs)).toEqual({ kind: 'rejected' });
  });
});

interface RecordedCase {
  readonly id: string;
  readonly status: number;
  readonly retry_on_http_429: boolean;
  readonly retry_after: string;
  readonly expect: { error: boolean; retry?: boolean; wait_at_least_ms?: number };
}

describe.skipIf(!existsSync(cases))('what Prometheus did (recorded)', () => {
  const recorded = existsSync(cases)
    ? readFileSync(cases, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RecordedCase)
    : [];
  it.each(recorded.map((one) => [one.id, one.status, one.retry_after, one] as const))(
    '%s: %d, Retry-After "%s"',
    (_id, status, header, one) => {
      const verdict = judge(answered(status, header || undefined), one.retry_on_http_429, nowMs);
      const { error, retry, wait_at_least_ms: waitMs } = one.expect;
      expect(verdict.kind).toBe(error ? (retry ? 'retry' : 'rejected') : 'delivered');
      if (verdict.kind === 'retry') expect(verdict.afterMs).toBe(waitMs);
    },
  );
});
