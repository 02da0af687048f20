import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, expect } from 'vitest';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { LogLevel } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type MadeBatch, madeSeries, toBatch } from '../made-batch.contract.js';
import { RemoteWrite } from './remote-write.js';
import type { RemoteWriteOptions, RemoteWriteQueueOptions } from './remote-write-options.js';
import { type ReceivedRequest, WriteReceiver } from './write-receiver.contract.js';

const queueDefaults: RemoteWriteQueueOptions = {
  capacity: 10_000,
  maxShards: 50,
  maxSamplesPerSend: 2000,
  batchSendDeadlineMs: 5000,
  minBackoffMs: 30,
  maxBackoffMs: 5000,
  retryOnHttp429: true,
};

interface Made {
  url?: string;
  lookup?: LookupFunction;
  queue?: Partial<RemoteWriteQueueOptions>;
  options?: Partial<RemoteWriteOptions>;
  queueBytes?: number;
}

export let receiver: WriteReceiver;
export let clock: ManualClock;
export let lines: string[];
let outputs: RemoteWrite[];

beforeEach(async () => {
  receiver = await WriteReceiver.listen();
  clock = new ManualClock();
  lines = [];
  outputs = [];
});

afterEach(async () => {
  await Promise.all([...outputs.map((output) => drive(output.close(0))), receiver.close()]);
  expect(clock.pendingTimers).toBe(0);
});

/** A receiver that was closed comes back at its URL. */
export async function listenAt(url: string): Promise<void> {
  receiver = await WriteReceiver.listen(Number(new URL(url).port));
}

export function make(made: Made = {}): RemoteWrite {
  const { url = receiver.url, queue, options, queueBytes = 1e8, lookup } = made;
  const at = (level: LogLevel) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const output = new RemoteWrite(
    {
      name: 'out',
      url,
      remoteTimeoutMs: 30_000,
      headers: {},
      http: plainHttpClient,
      queue: { ...queueDefaults, ...queue },
      ...options,
    },
    {
      clock,
      logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      http: {
        clock,
        files: new FileTexts(clock, { run: (task) => task() }),
        userAgent: 'prom-agent/1.2.3',
        ...(lookup && { lookup }),
      },
      queueBytes,
    },
  );
  outputs.push(output);
  return output;
}

/** Appends one tick of a target: `count` series, each with the value `value`. */
export function append(
  output: RemoteWrite,
  count: number,
  value = 1,
  targetId = 'target',
): MadeBatch {
  const samples = madeSeries(targetId, count).map((labels) => ({ labels, value }));
  const timestampMs = clock.nowMs() + value;
  const made = { targetId, timestampMs, layout: count, samples };
  output.append(toBatch(made));
  return made;
}

/** Lets sockets do their work until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Time passes, a millisecond a turn, until the promise settles. */
export async function drive<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await clock.advance(1);
  return done;
}

type Fate = 'sent' | 'queued' | 'queue_full' | 'rejected' | 'closed';
type Counts = { readonly [fate in Fate]?: number };

/** The whole of what became of the samples; it always adds up. */
export function counts(output: RemoteWrite): Counts {
  const { samplesAppended, samplesSent, samplesDropped, queueSamples } = output.status();
  const { queue_full, rejected, closed } = samplesDropped;
  expect(samplesAppended).toBe(samplesSent + queue_full + rejected + closed + queueSamples);
  const all = { sent: samplesSent, queued: queueSamples, queue_full, rejected, closed };
  return Object.fromEntries(Object.entries(all).filter(([, samples]) => samples > 0));
}

export function valuesOf(request: ReceivedRequest | undefined): number[] {
  const bits = new BigUint64Array(request?.samples.map((sample) => sample.bits) ?? []);
  return [...new Set(new Float64Array(bits.buffer))];
}
