import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedSamples, type MadeBatch, madeSeries, toBatch } from '../made-batch.contract.js';
import type { RemoteWrite } from './remote-write.js';
import {
  append,
  clock,
  counts,
  drive,
  lines,
  make,
  receiver,
  until,
  valuesOf,
} from './remote-write-scene.contract.js';

const wireRules = new URL(
  '../../../../../../shared/conformance/remote_write_sender_wire.json',
  import.meta.url,
);

describe('a request', () => {
  it('is one of remote write 1.0', async () => {
    const output = make();
    const made = append(output, 3);
    await drive(output.close(10_000));
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/write' });
    expect(request?.samples).toEqual(expectedSamples(made));
    expect(request?.headers).toEqual({
      host: new URL(receiver.url).host,
      'content-encoding': 'snappy',
      'content-length': String(request?.bodyBytes),
      'content-type': 'application/x-protobuf',
      'user-agent': 'prom-agent/1.2.3',
      'x-prometheus-remote-write-version': '0.1.0',
    });
  });

  it.skipIf(!existsSync(wireRules))("has the headers of Prometheus' own (recorded)", async () => {
    const output = make();
    append(output, 3);
    await drive(output.close(10_000));
    const rules = JSON.parse(readFileSync(wireRules, 'utf8')) as {
      headers: { v1: Record<string, string> };
    };
    for (const [name, value] of Object.entries(rules.headers.v1)) {
      if (name === 'User-Agent') continue;
      expect(receiver.requests[0]?.headers[name.toLowerCase()]).toBe(value);
    }
  });

  it('carries user headers, but not in place of its own', async () => {
    const headers = {
      'X-Scope-OrgID': 'team',
      'Content-Type': 'text/plain',
      'user-agent': 'curl',
      'Retry-Attempt': '9',
      'X-PROMETHEUS-Remote-Write-Version': '2.0.0',
    };
    const output = make({ options: { headers } });
    append(output, 1);
    await drive(output.close(10_000));
    const received = receiver.requests[0]?.headers ?? {};
    expect(received['x-scope-orgid']).toBe('team');
    expect(received['content-type']).toBe('application/x-protobuf');
    expect(received['user-agent']).toBe('prom-agent/1.2.3');
    expect(received['x-prometheus-remote-write-version']).toBe('0.1.0');
    expect(received['retry-attempt']).toBeUndefined();
  });

  it('keeps path and query of the URL, and makes its credentials a header', async () => {
    const url = `${receiver.url.replace('http://', 'http://us%40er:p%3Ass%25word@')}?tenant=a`;
    const output = make({ url });
    append(output, 1);
    await drive(output.close(10_000));
    expect(receiver.requests[0]?.path).toBe('/api/v1/write?tenant=a');
    const basic = `Basic ${Buffer.from('us@er:p:ss%word').toString('base64')}`;
    expect(receiver.requests[0]?.headers.authorization).toBe(basic);
  });
});

describe('a batch leaves', () => {
  it('as soon as it has the samples it may have, over one connection', async () => {
    const output = make({ queue: { maxSamplesPerSend: 100 } });
    for (let i = 1; i <= 10; i++) append(output, 50, i);
    await until(() => output.status().samplesSent === 500);
    expect(receiver.requests.map((request) => request.samples.length)).toEqual([
      100, 100, 100, 100, 100,
    ]);
    expect(receiver.openSockets).toBe(1);
    expect(counts(output)).toEqual({ sent: 500 });
  });

  it('when its first sample has waited for the deadline', async () => {
    const output = make();
    append(output, 10, 1);
    await clock.advance(3000);
    append(output, 10, 2);
    await clock.advance(1999);
    expect(receiver.requests).toHaveLength(0);
    await clock.advance(1);
    await until(() => output.status().samplesSent === 20);
    append(output, 10, 3);
    await clock.advance(4999);
    expect(counts(output)).toEqual({ sent: 20, queued: 10 });
    await clock.advance(1);
    await until(() => output.status().samplesSent === 30);
    expect(receiver.requests.map(valuesOf)).toEqual([[1, 2], [3]]);
  });

  it('at its deadline too when it came while another was on its way', async () => {
    let release = (): void => {};
    receiver.answer = () =>
      new Promise((resolve) => {
        release = () => resolve({ status: 204 });
      });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10, 1);
    append(output, 1, 2);
    await until(() => receiver.requests.length === 1);
    await clock.advance(1000);
    release();
    await until(() => output.status().samplesSent === 10);
    await clock.advance(4000);
    await until(() => receiver.requests.length === 2);
    release();
    await until(() => output.status().samplesSent === 11);
  });

  it('no larger than a shard may hold, when that is less', async () => {
    const output = make({ queue: { capacity: 30, maxSamplesPerSend: 2000 } });
    append(output, 60, 1);
    await until(() => output.status().samplesSent >= 30);
    expect(receiver.requests[0]?.samples.length).toBeLessThanOrEqual(30);
    expect(counts(output).queue_full).toBeUndefined();
  });
});

describe('flush', () => {
  it('sends what waits for company, once, and ends when all of it has arrived', async () => {
    const output = make();
    await output.flush();
    append(output, 10, 1);
    await output.flush();
    expect(counts(output)).toEqual({ sent: 10 });
    append(output, 10, 2);
    await clock.advance(4000);
    expect(counts(output)).toEqual({ sent: 10, queued: 10 });
  });

  it('ends when the output is closed on a receiver that takes nothing', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make();
    append(output, 10, 1);
    const flushed = output.flush();
    await drive(output.close(100));
    await flushed;
    expect(counts(output)).toEqual({ closed: 10 });
  });
});

describe('append', () => {
  it('survives a series that has no labels to give, and counts what is lost', async () => {
    const output = make();
    append(output, 10);
    const broken = toBatch({
      targetId: 'broken',
      timestampMs: clock.nowMs(),
      layout: 1,
      samples: madeSeries('m', 900).map((labels) => ({ labels, value: 1 })),
    });
    const labelBytes = (ref: number): Uint8Array => {
      if (ref === 700) throw new Error('no such series');
      return broken.series.labelBytes(ref);
    };
    output.append({ ...broken, series: { labelBytes } });
    expect(counts(output)).toEqual({ queued: 10, queue_full: 900 });
    expect(lines[0]).toContain('no such series');
    append(output, 20, 1, 'broken');
    await drive(output.close(1000));
    expect(counts(output)).toEqual({ sent: 30, queue_full: 900 });
  });

  it('forgetting a target frees its templates; what it appended goes out', async () => {
    const output = make();
    append(output, 10, 1, 'other');
    const before = output.memoryBytes;
    append(output, 1000);
    const sent = append(output, 1000, 2);
    const with1000 = output.memoryBytes;
    output.forget('target');
    output.forget('unknown');
    expect(with1000 - output.memoryBytes).toBeGreaterThan(12_000);
    expect(output.memoryBytes).toBeGreaterThan(before);
    await drive(output.close(1000));
    expect(counts(output)).toEqual({ sent: 2010 });
    expect(output.status().highestSentTimestampMs).toBe(sent.timestampMs);
  });
});

it('no secret reaches a log line or the last error', async () => {
  const said = 'bad token s3cr3t-token, user:pa55word, dXNlcjpwYTU1d29yZA==, key=apik3y';
  receiver.answer = (_request, n) => ({ status: n % 2 === 0 ? 500 : 400, body: said });
  const url = `${receiver.url.replace('http://', 'http://user:pa55word@')}?api_key=apik3y`;
  const headers = { 'X-Auth-Token': 's3cr3t-token', 'X-Scope-OrgID': 'token' };
  const output = make({ url, options: { headers }, queue: { maxSamplesPerSend: 10 } });
  append(output, 10);
  await until(() => output.status().samplesRetried === 10);
  const first = output.status().lastError;
  // Pieces of what is refused fail, too, and are tried again.
  while (output.status().samplesDropped.rejected < 10) await clock.advance(1);
  const everything = [first, output.status().lastError, ...lines].join('\n');
  expect(first).toBe('HTTP 500: bad token <secret>, user:<secret>, <secret>, key=<secret>');
  expect(lines).toHaveLength(2);
  for (const secret of ['s3cr3t', 'pa55word', 'dXNlcjpwYTU1d29yZA', 'apik3y']) {
    expect(everything).not.toContain(secret);
  }
});

describe('a scrape in parts', () => {
  /** Three parts of ten series with one layout; `value` tells the scrape. */
  const partsOf = (value: number, count = 3): MadeBatch[] =>
    Array.from({ length: count }, (_, index) => ({
      targetId: 'target',
      timestampMs: clock.nowMs() + value,
      layout: 1,
      samples: madeSeries(`part_${index}`, 10).map((labels) => ({ labels, value })),
    }));

  const appendParts = (output: RemoteWrite, parts: readonly MadeBatch[]): void => {
    for (const [index, part] of parts.entries()) {
      output.append({ ...toBatch(part), place: { index, count: parts.length } });
    }
  };

  it('comes out in order, each part by templates of its own', async () => {
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    const scrapes = [1, 2, 3, 4].map((value) => partsOf(value));
    const memory: number[] = [];
    for (const parts of scrapes) {
      appendParts(output, parts);
      await until(() => output.status().queueSamples === 0);
      memory.push(output.memoryBytes);
    }
    expect(receiver.samples).toEqual(scrapes.flat().flatMap(expectedSamples));
    // Nothing is built anew.
    expect(memory[3]).toBe(memory[2]);
  });

  it('leaves nothing of the parts that a smaller scrape has no more', async () => {
    const small = make();
    for (const value of [1, 2]) appendParts(small, partsOf(value, 1));
    const output = make();
    for (const value of [1, 2]) appendParts(output, partsOf(value, 5));
    for (const value of [3, 4]) appendParts(output, partsOf(value, 1));
    output.forget('target');
    small.forget('target');
    expect(output.memoryBytes).toBeLessThanOrEqual(small.memoryBytes + 20_000);
  });

  it('finds no room in a queue that is half full, and room again when it is sent', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make({ queue: { capacity: 100, maxShards: 1, maxSamplesPerSend: 10 } });
    expect(output.hasRoom).toBe(true);
    appendParts(output, partsOf(1, 4));
    expect(output.hasRoom).toBe(true);
    appendParts(output, partsOf(2, 1));
    expect(output.hasRoom).toBe(false);
    receiver.answer = () => ({ status: 204 });
    while (output.status().queueSamples > 0) await clock.advance(1);
    expect(output.hasRoom).toBe(true);
  });
});
