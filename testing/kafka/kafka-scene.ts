import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Clock, systemClock } from '../../packages/core/src/clock.js';
import { FileTexts } from '../../packages/core/src/http-client/file-texts.js';
import type { Logger } from '../../packages/core/src/logger.js';
import type { KafkaWriteOptions } from '../../packages/core/src/outputs/kafka/kafka-options.js';
import { KafkaWrite } from '../../packages/core/src/outputs/kafka/kafka-write.js';
import {
  type MadeBatch,
  madeSeries,
  toBatch,
} from '../../packages/core/src/outputs/made-batch.contract.js';
import { uncompress } from '../../packages/core/src/outputs/wire/uncompress.js';
import { decodeVersion1 } from '../../packages/core/src/outputs/wire/write-messages.contract.js';
import type { KafkaServer } from '../servers/kafka.js';
import type { KafkaRecord } from '../servers/kafka-topics.js';

export const kafkaOptions: KafkaWriteOptions = {
  name: 'bus',
  brokers: [],
  topic: 'metrics',
  format: 'remote_write',
  compression: 'none',
  clientId: 'prom-agent',
  sasl: undefined,
  tls: undefined,
  lingerMs: 20,
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 3_000,
  minBackoffMs: 50,
  maxBackoffMs: 500,
  sendNativeHistograms: true,
  sendExemplars: true,
};

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** An output that writes to a real broker, and what was given to it. */
export class KafkaScene {
  readonly output: KafkaWrite;
  readonly log: LogLine[] = [];
  /** `target@timestamp` of each batch, by target, in order. */
  readonly given = new Map<string, number[]>();
  #timestampMs = Date.now() - 3_600_000;

  constructor(options: Partial<KafkaWriteOptions>, clock: Clock = systemClock) {
    const files = new FileTexts(clock, { run: (task) => task() });
    const line =
      (level: string) =>
      (fields: object, message: string): void => {
        this.log.push({ level, fields: fields as LogLine['fields'], message });
      };
    const logger: Logger = {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
    };
    this.output = new KafkaWrite(
      { ...kafkaOptions, ...options },
      {
        clock,
        logger,
        http: { clock, files, userAgent: 'test' },
        queueBytes: 64 * 2 ** 20,
        source: { owner: 'test', epoch: 0, lane: '0', replica: 0 },
      },
    );
  }

  /** One tick of so many targets. */
  tick(targets: number, series = 20, job = 'node'): void {
    this.#timestampMs += 1_000;
    for (let i = 0; i < targets; i++) {
      const targetId = `${job}${String(i).padStart(12, '0')}`;
      const made: MadeBatch = {
        targetId,
        timestampMs: this.#timestampMs,
        layout: 1,
        samples: madeSeries('m', series).map((labels, n) => ({
          labels: new Map([...labels, ['instance', targetId]]),
          value: this.#timestampMs + n,
        })),
      };
      const targetLabels = new Map([
        ['job', job],
        ['instance', `host-${i}:9100`],
      ]);
      this.output.append({ ...toBatch(made), targetLabels });
      const times = this.given.get(targetId) ?? [];
      times.push(this.#timestampMs);
      this.given.set(targetId, times);
    }
  }

  /** Ticks until told to stop; resolves then. */
  keepTicking(targets: number, everyMs = 20): () => Promise<void> {
    let isOver = false;
    const over = (async () => {
      while (!isOver) {
        this.tick(targets);
        await delay(everyMs);
      }
    })();
    return async () => {
      isOver = true;
      await over;
    };
  }

  words(): string[] {
    return this.log.map(({ message, fields }) => `${message} ${fields['error'] ?? ''}`);
  }

  async said(what: RegExp): Promise<void> {
    while (!this.words().some((words) => what.test(words))) await delay(20);
  }

  /** Everything that waits is in Kafka. */
  async settled(): Promise<void> {
    await this.output.flush();
  }
}

export interface Delivered {
  /** Timestamps by target, in the order of the topic, repeats dropped by seq. */
  readonly times: Map<string, number[]>;
  readonly samples: number;
  readonly repeats: number;
  /** Messages whose seq is below one before, for another reason than a repeat. */
  readonly outOfOrder: number;
  readonly records: readonly KafkaRecord[];
}

/** What a reader makes of the topic. */
export async function delivered(kafka: KafkaServer, topic: string): Promise<Delivered> {
  const records = await kafka.read(topic);
  const times = new Map<string, number[]>();
  const seen = new Map<string, Set<string>>();
  const last = new Map<string, number>();
  let samples = 0;
  let repeats = 0;
  let outOfOrder = 0;
  for (const { key, value, headers } of records) {
    const { owner, lane, seq = '' } = headers;
    const stream = `${key} ${owner} ${lane}`;
    const known = seen.get(stream) ?? new Set();
    seen.set(stream, known);
    if (known.has(seq)) {
      repeats++;
      continue;
    }
    known.add(seq);
    if (Number(seq) < (last.get(stream) ?? 0)) outOfOrder++;
    last.set(stream, Number(seq));
    const { series } = decodeVersion1(uncompress(value));
    samples += series.reduce((sum, one) => sum + one.samples.length, 0);
    const ofTarget = times.get(key) ?? [];
    times.set(key, ofTarget);
    ofTarget.push(Number(series[0]?.samples[0]?.timestampMs));
  }
  return { times, samples, repeats, outOfOrder, records };
}

/** Ticks while something happens, and judges what is in the topic then. */
export async function through(
  kafka: KafkaServer,
  scene: KafkaScene,
  topic: string,
  happens: (scene: KafkaScene) => Promise<void>,
): Promise<Delivered> {
  const stop = scene.keepTicking(30);
  while (scene.output.status().samplesSent === 0) await delay(20);
  await happens(scene);
  await delay(300);
  await stop();
  await scene.settled();
  await scene.output.close(5_000);
  const found = await delivered(kafka, topic);
  expect(found.times).toEqual(scene.given);
  expect(found.outOfOrder).toBe(0);
  const { samplesAppended, samplesRetried } = scene.output.status();
  expect(scene.output.status()).toMatchObject({ queueSamples: 0, samplesSent: samplesAppended });
  if (found.repeats > 0) expect(samplesRetried).toBeGreaterThan(0);
  return found;
}
