import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { uncompress } from 'snappyjs';
import type { Clock, ClockTimer } from '../../clock.js';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { madeSeries, toBatch } from '../made-batch.contract.js';
import { folderName, nobody, parseFolderName } from '../queue/queue-owner.js';
import type { WriteVersion } from '../wire/request-parts.js';
import {
  type DecodedSeries,
  decodeVersion1,
  decodeVersion2,
} from '../wire/write-messages.contract.js';
import { RemoteWrite } from './remote-write.js';

const turns = { run: <T>(task: () => Promise<T>) => task() };

/** What the receiver does with a request; `hang` and `reset` give no answer. */
export type Reaction =
  | 'take'
  | 'hang'
  | 'reset'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly cut?: true };

export interface Request {
  readonly version: WriteVersion;
  readonly series: readonly DecodedSeries[];
  readonly atMs: number;
}

/** The clock of one process: when that dies, so do its timers. */
class MortalClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<ClockTimer>();
  #isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs = () => this.#clock.nowMs();
  monotonicMs = () => this.#clock.monotonicMs();

  setTimer(delayMs: number, run: () => void): ClockTimer {
    if (this.#isDead) return { cancel() {} };
    const timer = this.#clock.setTimer(delayMs, run);
    this.#timers.add(timer);
    return timer;
  }

  kill(): void {
    this.#isDead = true;
    for (const timer of this.#timers) timer.cancel();
  }
}

/** An output, its queue in memory or on the disk, and a receiver of both versions that fails as told. */
export class FailingScene {
  readonly clock = new ManualClock(1_790_000_000_000);
  readonly requests: Request[] = [];
  readonly lines: string[] = [];
  react: (request: Request, n: number) => Reaction = () => 'take';
  output!: RemoteWrite;
  readonly #version: WriteVersion;
  readonly #folder: string | undefined;
  #life!: MortalClock;
  #lives = 0;
  #ticks = 0;
  /** By series, the values the receiver has, in the order they came. */
  readonly #taken = new Map<string, number[]>();
  readonly #server: Server;

  constructor(version: WriteVersion, isDurable: boolean) {
    this.#version = version;
    this.#folder = isDurable ? mkdtempSync(path.join(tmpdir(), 'failing-')) : undefined;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const is2 = request.headers['content-type']?.includes('v2.Request') ?? false;
        const message = uncompress(Buffer.concat(chunks));
        const { series } = is2 ? decodeVersion2(message) : decodeVersion1(message);
        const one: Request = { version: is2 ? 2 : 1, series, atMs: this.clock.monotonicMs() };
        this.#answer(one, response);
      });
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.start();
  }

  async close(): Promise<void> {
    await this.drive(this.output.close(0));
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A process begins. */
  start(): void {
    const { port } = this.#server.address() as AddressInfo;
    const clock = new MortalClock(this.clock);
    this.#life = clock;
    const log = (fields: object, message: string) =>
      this.lines.push(`${message} ${JSON.stringify(fields)}`);
    this.output = new RemoteWrite(
      {
        name: 'out',
        url: `http://127.0.0.1:${port}/`,
        remoteTimeoutMs: 30_000,
        headers: {},
        http: plainHttpClient,
        version: this.#version,
        queue: {
          capacity: 100_000,
          maxShards: 2,
          minShards: 2,
          maxSamplesPerSend: 40,
          batchSendDeadlineMs: 1000,
          minBackoffMs: 30,
          maxBackoffMs: 5000,
          retryOnHttp429: true,
        },
      },
      {
        clock,
        logger: { debug: log, info: log, warn: log, error: log },
        http: { clock, files: new FileTexts(clock, turns), userAgent: 'x/1' },
        queueBytes: 1e8,
        queueStore: this.#folder === undefined ? undefined : this.#store(this.#folder),
      },
    );
  }

  /** It dies: nothing more is written by it, and its folder is nobody's. */
  kill(): void {
    this.#life.kill();
    for (const name of readdirSync(this.#folder!, { recursive: true, encoding: 'utf8' })) {
      const owner = parseFolderName(path.basename(name));
      if (owner === undefined || owner.pid === 0) continue;
      const to = path.join(this.#folder!, path.dirname(name), folderName(nobody(owner)));
      renameSync(path.join(this.#folder!, name), to);
    }
  }

  /** One scrape of four targets with ten series each, all of which have the number of the scrape. */
  scrape(): void {
    const value = ++this.#ticks;
    for (const targetId of ['a', 'b', 'c', 'd']) {
      const samples = madeSeries(targetId, 10).map((labels) => ({ labels, value }));
      const timestampMs = this.clock.nowMs();
      this.output.append(toBatch({ targetId, timestampMs, layout: 1, samples }));
    }
  }

  /** So many scrapes, with time between them. */
  async scrapes(count: number, everyMs: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.scrape();
      await this.pass(everyMs, everyMs / 5);
    }
  }

  /** Time passes. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
      for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async until(condition: () => boolean, stepMs = 100): Promise<void> {
    while (!condition()) await this.pass(stepMs, stepMs);
  }

  async drive(promise: Promise<void>): Promise<void> {
    let isSettled = false;
    void promise.finally(() => {
      isSettled = true;
    });
    while (!isSettled) await this.clock.advance(5);
  }

  /** By series such as `a 7`, what the receiver has. */
  get taken(): ReadonlyMap<string, readonly number[]> {
    return this.#taken;
  }

  /** What became of all samples: it adds up at any time. */
  counts(): { sent: number; dropped: number; queued: number } {
    const { samplesAppended, samplesSent, samplesDropped, queueSamples, durable } =
      this.output.status();
    const dropped = Object.values(samplesDropped).reduce((sum, one) => sum + one, 0);
    const recovered = durable?.samplesRecovered ?? 0;
    if (samplesAppended + recovered !== samplesSent + dropped + queueSamples) {
      throw new Error(
        `${samplesAppended} + ${recovered} are not ${samplesSent} + ${dropped} + ${queueSamples}`,
      );
    }
    return { sent: samplesSent, dropped, queued: queueSamples };
  }

  #store(folder: string) {
    const options = {
      path: folder,
      maxBytes: 2 ** 30,
      maxAgeMs: 86_400_000,
      order: 'per_series' as const,
      fsync: 'none' as const,
    };
    return { agent: `agent${this.#lives++}`, thread: 0, turns, options };
  }

  #answer(request: Request, response: ServerResponse): void {
    const reaction = this.react(request, this.requests.length);
    this.requests.push(request);
    if (reaction === 'hang') return;
    if (reaction === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    const { status, headers, cut } = reaction === 'take' ? taking(request) : reaction;
    if (status < 300) this.#take(request);
    if (!cut) {
      response.writeHead(status, headers).end('as told');
      return;
    }
    // 204 has no body that could be cut.
    const told = status === 204 ? 200 : status;
    response.writeHead(told, { ...headers, 'content-length': '1000' });
    response.write('half of it', () => response.socket?.destroy());
  }

  #take({ series }: Request): void {
    for (const { labels, samples } of series) {
      const all = Object.fromEntries(labels);
      const key = `${all['__name__']} ${all['index']}`;
      const values = samples.map(
        ({ bits }) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!,
      );
      this.#taken.set(key, [...(this.#taken.get(key) ?? []), ...values]);
    }
  }
}

/** The answer of a receiver that has stored the request. */
export function taking({ version, series }: Request): Exclude<Reaction, string> {
  if (version === 1) return { status: 204 };
  const written = String(series.length);
  return { status: 204, headers: { 'X-Prometheus-Remote-Write-Samples-Written': written } };
}
