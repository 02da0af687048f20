import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseExposition } from '../exposition/parse-exposition.js';
import {
  type FakeGateway,
  startFakeGateway,
} from '../outputs/pushgateway/client/fake-gateway.contract.js';
import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import type { RegistryLike } from '../self/registry.js';
import { withJob } from './with-job.js';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function gateway(): Promise<FakeGateway> {
  const fake = await startFakeGateway();
  closers.push(fake.close);
  return fake;
}

function pushed(fake: FakeGateway): Map<string, number> {
  const { body } = fake.requests.at(-1)!;
  return new Map(parseExposition(body, 'text').map(({ name, value }) => [name, value]));
}

describe('a job that succeeds', () => {
  test('pushes duration, success and when, and its value comes back', async () => {
    const fake = await gateway();
    const beforeSeconds = Date.now() / 1000;
    const value = await withJob('backup', () => 'done', {
      url: fake.url,
      grouping: { database: 'main/1' },
    });
    expect(value).toBe('done');
    expect(fake.requests).toMatchObject([
      { method: 'POST', path: '/metrics/job/backup/database@base64/bWFpbi8x' },
    ]);
    const metrics = pushed(fake);
    expect([...metrics.keys()]).toEqual([
      'job_duration_seconds',
      'job_success',
      'job_last_completion_timestamp_seconds',
      'job_last_success_timestamp_seconds',
    ]);
    expect(metrics.get('job_success')).toBe(1);
    expect(metrics.get('job_duration_seconds')).toBeGreaterThanOrEqual(0);
    expect(metrics.get('job_last_success_timestamp_seconds')).toBeGreaterThanOrEqual(beforeSeconds);
  });

  test('pushes the registry along', async () => {
    const fake = await gateway();
    const registry = new Registry();
    const files = new Counter({ name: 'files_total', help: 'f', registers: [registry] });
    await withJob('backup', async () => files.inc(7), {
      url: fake.url,
      registry: registry as unknown as RegistryLike,
      method: 'PUT',
    });
    expect(fake.requests[0]!.method).toBe('PUT');
    expect(pushed(fake).get('files_total')).toBe(7);
    expect(pushed(fake).get('job_success')).toBe(1);
  });

  test('sends credentials of the http_config', async () => {
    const fake = await gateway();
    const basicAuth = { username: 'u', password: 'p' };
    await withJob('backup', () => {}, { url: fake.url, basicAuth });
    expect(fake.requests[0]!.headers['authorization']).toBe(
      `Basic ${Buffer.from('u:p').toString('base64')}`,
    );
  });
});

describe('a job that fails', () => {
  test('pushes that, leaves the last success as it was, and its error comes back', async () => {
    const fake = await gateway();
    const error = new Error('disk full');
    const run = withJob('backup', () => Promise.reject(error), { url: fake.url });
    await expect(run).rejects.toBe(error);
    expect([...pushed(fake).keys()]).toEqual([
      'job_duration_seconds',
      'job_success',
      'job_last_completion_timestamp_seconds',
    ]);
    expect(pushed(fake).get('job_success')).toBe(0);
  });

  test('also where it throws at once', async () => {
    const fake = await gateway();
    const run = withJob(
      'backup',
      () => {
        throw new Error('at once');
      },
      { url: fake.url },
    );
    await expect(run).rejects.toThrow('at once');
    expect(pushed(fake).get('job_success')).toBe(0);
  });
});

describe('a gateway that', () => {
  test('hangs costs the deadline and not the value', async () => {
    const fake = await gateway();
    fake.answer = () => undefined;
    const results: PushResult[] = [];
    const onPush = (result: PushResult) => results.push(result);
    expect(await withJob('j', () => 1, { url: fake.url, deadlineMs: 100, onPush })).toBe(1);
    expect(results).toMatchObject([{ outcome: 'unreachable', status: 0 }]);
  });

  test('is away for a moment gets the push all the same', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: fake.requests.length === 1 ? 503 : 200 });
    const results: PushResult[] = [];
    await withJob('j', () => 1, {
      url: fake.url,
      deadlineMs: 60_000,
      onPush: (result) => results.push(result),
    });
    expect(results).toMatchObject([{ outcome: 'pushed' }]);
    expect(fake.requests).toHaveLength(2);
  });

  test('refuses is told of by a process warning, without the URL’s password', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 400, body: 'inconsistent' });
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    closers.push(async () => warn.mockRestore());
    await withJob('j', () => 1, { url: fake.url.replace('//', '//u:sesame@') });
    const [words] = warn.mock.calls[0]!;
    expect(words).toBe('the Pushgateway refuses the metrics of job "j": HTTP 400: inconsistent');
  });
});

describe('options that cannot work are said before the job runs', () => {
  test.each([
    ['no URL', 'j', { url: 'ftp://gw' }, 'PUSH_INVALID'],
    ['no job', '', { url: 'http://gw' }, 'PUSH_INVALID'],
    ['a reserved label', 'j', { url: 'http://gw', grouping: { __x: '1' } }, 'PUSH_INVALID'],
    ['an unknown option', 'j', { url: 'http://gw', gruoping: {} }, 'CONFIG_INVALID'],
    [
      'two credentials',
      'j',
      { url: 'http://gw', bearerToken: 'x', basicAuth: {} },
      'CONFIG_INVALID',
    ],
  ])('%s', async (_name, job, options, code) => {
    const run = vi.fn();
    await expect(withJob(job, run, options)).rejects.toMatchObject({ code });
    expect(run).not.toHaveBeenCalled();
  });

  test('in the words of the options', async () => {
    const run = withJob('j', () => {}, {
      url: 'http://gw',
      tlsConfig: { caFile: 'a', ca: 'b' },
    });
    await expect(run).rejects.toThrow('tlsConfig.caFile: ca is given too');
  });
});
