import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock, ClockTimer } from '../../../clock.js';
import { FileTexts } from '../../../http-client/file-texts.js';
import { plainHttpClient } from '../../../http-client/http-client-config.js';
import { ManualClock } from '../../../testing/manual-clock.js';
import { madeSeries, toBatch } from '../../made-batch.contract.js';
import { RemoteWrite } from '../../remote-write/remote-write.js';
import type { RemoteWriteOptions } from '../../remote-write/remote-write-options.js';
import { WriteReceiver } from '../../remote-write/write-receiver.contract.js';
import type { DurableQueueOptions } from '../queue-options.js';
import { folderName, nobody, parseFolderName } from '../queue-owner.js';

const turns = { run: <T>(task: () => Promise<T>) => task() };
const silent = () => {};

let receiver: WriteReceiver;
let clock: ManualClock;
let folder: string;
let outputs: RemoteWrite[];
let lives: Map<RemoteWrite, MortalClock>;
let isDown: boolean;

beforeEach(async () => {
  receiver = await WriteReceiver.listen();
  clock = new ManualClock();
  folder = mkdtempSync(path.join(tmpdir(), 'durable-'));
  outputs = [];
  lives = new Map();
  isDown = false;
  receiver.answer = () => ({ status: isDown ? 503 : 204 });
});

afterEach(async () => {
  await Promise.all([...outputs.map((output) => drive(output.close(0))), receiver.close()]);
  rmSync(folder, { recursive: true, force: true });
  expect(clock.pendingTimers).toBe(0);
});

/** The clock of one process: when that dies, so do its timers. */
class MortalClock implements Clock {
  readonly #timers = new Set<ClockTimer>();
  #isDead = false;
  nowMs = () => clock.nowMs();
  monotonicMs = () => clock.monotonicMs();

  setTimer(delayMs: number, run: () => void): ClockTimer {
    if (this.#isDead) return { cancel() {} };
    const timer = clock.setTimer(delayMs, run);
    this.#timers.add(timer);
    return timer;
  }

  kill(): void {
    this.#isDead = true;
    for (const timer of this.#timers) timer.cancel();
  }
}

interface Made {
  store?: Partial<DurableQueueOptions>;
  capacity?: number;
  queueBytes?: number;
}

function make({ store = {}, capacity = 500, queueBytes = 1e8 }: Made = {}): RemoteWrite {
  const options: RemoteWriteOptions = {
    name: 'out',
    url: receiver.url,
    remoteTimeoutMs: 30_000,
    headers: {},
    http: plainHttpClient,
    queue: {
      capacity,
      maxShards: 4,
      maxSamplesPerSend: 20,
      batchSendDeadlineMs: 1000,
      minBackoffMs: 30,
      maxBackoffMs: 1000,
      retryOnHttp429: true,
    },
  };
  const mortal = new MortalClock();
  const output = new RemoteWrite(options, {
    clock: mortal,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    http: { clock: mortal, files: new FileTexts(mortal, turns), userAgent: 'test' },
    queueBytes,
    queueStore: {
      agent: `agent${lives.size}`,
      thread: 0,
      turns,
      options: {
        path: folder,
        maxBytes: 2 ** 30,
        maxAgeMs: 86_400_000,
        order: 'per_series',
        fsync: 'none',
        ...store,
      },
    },
  });
  outputs.push(output);
  lives.set(output, mortal);
  return output;
}

/** One tick of a target whose samples all have the value `value`, which is also its time. */
function append(output: RemoteWrite, value: number, targetId = 'target', count = 5): void {
  const samples = madeSeries(targetId, count).map((labels) => ({ labels, value }));
  output.append(toBatch({ targetId, timestampMs: 1e12 + value, layout: count, samples }));
}

async function drive<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await clock.advance(5);
  return done;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await clock.advance(5);
}

/** The process dies: nothing more is written by it, and its folder is nobody's. */
function kill(output: RemoteWrite): void {
  outputs.splice(outputs.indexOf(output), 1);
  lives.get(output)!.kill();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const owner = parseFolderName(path.basename(name));
    if (owner === undefined || owner.pid === 0) continue;
    const to = path.join(folder, path.dirname(name), folderName(nobody(owner)));
    renameSync(path.join(folder, name), to);
  }
}

/** Values as they arrived, by target, each series' in order. */
function arrived(): Map<string, number[]> {
  const values = new Map<string, number[]>();
  for (const { labels, timestampMs } of receiver.samples) {
    const of = Object.fromEntries(labels);
    const key = `${of['__name__']} ${of['index']}`;
    values.set(key, [...(values.get(key) ?? []), Number(timestampMs) - 1e12]);
  }
  return values;
}

function balance(output: RemoteWrite): void {
  const { samplesAppended, samplesSent, samplesDropped, queueSamples, durable } = output.status();
  const dropped = Object.values(samplesDropped).reduce((sum, one) => sum + one, 0);
  expect(samplesAppended + durable!.samplesRecovered).toBe(samplesSent + dropped + queueSamples);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('a durable queue', () => {
  it('sends all there is, and leaves nothing on the disk', async () => {
    const output = make();
    for (const value of range(0, 50)) append(output, value);
    await until(() => output.status().queueSamples === 0);
    balance(output);
    expect(arrived().get('target 0')).toEqual(range(0, 50));
    await drive(output.close(1000));
    expect(readdirSync(path.join(folder, 'remote_write'), { recursive: true })).toHaveLength(1);
  });

  it('keeps what there is no room for in memory, and sends it in order', async () => {
    const output = make({ capacity: 20 });
    isDown = true;
    for (const value of range(0, 200)) {
      for (const target of ['a', 'b', 'c']) append(output, value, target);
      if (value % 20 === 0) await clock.advance(50);
      balance(output);
    }
    expect(output.status()).toMatchObject({ queueSamples: 3000, samplesSent: 0 });
    isDown = false;
    receiver.requests.length = 0;
    await until(() => output.status().queueSamples === 0);
    balance(output);
    for (const target of ['a', 'b', 'c']) {
      expect(arrived().get(`${target} 4`)).toEqual(range(0, 200));
    }
  });

  it('a series keeps its order when the memory is taken away', async () => {
    const output = make();
    isDown = true;
    for (const value of range(0, 100)) append(output, value);
    await clock.advance(100);
    output.makeRoom(1);
    for (const value of range(100, 120)) append(output, value);
    output.makeRoom(1);
    isDown = false;
    receiver.requests.length = 0;
    await until(() => output.status().queueSamples === 0);
    expect(arrived().get('target 0')).toEqual(range(0, 120));
    balance(output);
  });

  it('after a crash sends what was written, before what comes', async () => {
    const first = make();
    isDown = true;
    for (const value of range(0, 60)) append(first, value);
    await clock.advance(300);
    for (const value of range(60, 70)) append(first, value);
    kill(first);
    receiver.requests.length = 0;
    const second = make();
    expect(second.status().durable?.samplesRecovered).toBe(300);
    for (const value of range(70, 80)) append(second, value);
    isDown = false;
    await until(() => second.status().queueSamples === 0);
    expect(arrived().get('target 3')).toEqual([...range(0, 60), ...range(70, 80)]);
    balance(second);
  });

  it('a graceful stop keeps what it could not send', async () => {
    const first = make();
    isDown = true;
    for (const value of range(0, 30)) append(first, value);
    await drive(first.close(500));
    expect(first.status().samplesDropped.closed).toBe(0);
    isDown = false;
    receiver.requests.length = 0;
    const second = make();
    await until(() => second.status().queueSamples === 0);
    expect(arrived().get('target 0')).toEqual(range(0, 30));
  });

  it('a flush waits for what is on the disk alone', async () => {
    const output = make({ capacity: 20 });
    isDown = true;
    for (const value of range(0, 100)) append(output, value);
    let isFlushed = false;
    const flushed = output.flush().then(() => {
      isFlushed = true;
    });
    await clock.advance(200);
    expect(isFlushed).toBe(false);
    isDown = false;
    await drive(flushed);
    expect(output.status().queueSamples).toBe(0);
  });

  it('with newest_first the fresh goes before the backlog, and no batch has both', async () => {
    const first = make();
    isDown = true;
    for (const value of range(0, 400)) append(first, value);
    await clock.advance(300);
    kill(first);
    receiver.requests.length = 0;
    const second = make({ store: { order: 'newest_first' } });
    isDown = false;
    append(second, 1000, 'target', 20);
    await until(() => second.status().queueSamples === 0);
    balance(second);
    expect(
      arrived()
        .get('target 0')!
        .toSorted((a, b) => a - b),
    ).toEqual([...range(0, 400), 1000]);
    const requests = receiver.requests.map(({ samples }) =>
      samples.map(({ timestampMs }) => Number(timestampMs) - 1e12),
    );
    const fresh = requests.findIndex((times) => times.includes(1000));
    expect(fresh).toBeLessThan(10);
    expect(new Set(requests[fresh])).toEqual(new Set([1000]));
  });

  it('with newest_first and no room, the older of the fresh becomes backlog', async () => {
    const output = make({ capacity: 20, store: { order: 'newest_first' } });
    isDown = true;
    for (const value of range(0, 100)) append(output, value);
    await clock.advance(100);
    expect(output.status()).toMatchObject({ queueSamples: 500 });
    isDown = false;
    receiver.requests.length = 0;
    await until(() => output.status().queueSamples === 0);
    balance(output);
    expect(
      arrived()
        .get('target 0')!
        .toSorted((a, b) => a - b),
    ).toEqual(range(0, 100));
  });

  it('fsync always has each scrape on the disk before the next', () => {
    const first = make({ store: { fsync: 'always' } });
    isDown = true;
    append(first, 1);
    kill(first);
    expect(make().status().durable?.samplesRecovered).toBe(5);
  });
});

describe('a durable queue and a scrape larger than memory, a request and a segment', () => {
  const series = 1200;

  /** All of its samples came, each once. */
  const allArrived = (ticks: readonly number[]): void => {
    const values = arrived();
    expect(values.size).toBe(series);
    for (const of of values.values()) expect(of.toSorted((a, b) => a - b)).toEqual(ticks);
  };

  it.each(['per_series', 'newest_first'] as const)('sends all of it with %s', async (order) => {
    // Segments of 64 KiB, requests of 20 samples, 80 samples in memory.
    const output = make({ capacity: 20, queueBytes: 60_000, store: { order } });
    isDown = true;
    for (const tick of range(0, 4)) {
      append(output, tick, 'target', series);
      await clock.advance(300);
      balance(output);
    }
    expect(output.hasRoom).toBe(true);
    isDown = false;
    receiver.requests.length = 0;
    append(output, 4, 'target', series);
    await until(() => output.status().queueSamples === 0);
    balance(output);
    expect(output.status().samplesSent).toBe(5 * series);
    allArrived(range(0, 5));
    const outOfOrder = [...arrived().values()].filter((of) => of.some((one, i) => one !== i));
    if (order === 'per_series') expect(outOfOrder).toEqual([]);
  });

  it('waits for room in memory while all that is queued is there', async () => {
    const output = make({ capacity: 20 });
    isDown = true;
    append(output, 0, 'target', 30);
    expect(output.hasRoom).toBe(true);
    append(output, 1, 'target', 20);
    expect(output.hasRoom).toBe(false);
    isDown = false;
    await until(() => output.status().queueSamples === 0);
    expect(output.hasRoom).toBe(true);
  });

  it('more than max_bytes loses the oldest, counted', async () => {
    const maxBytes = 256 * 1024;
    const output = make({ capacity: 20, queueBytes: 60_000, store: { maxBytes } });
    isDown = true;
    for (const tick of range(0, 20)) {
      append(output, tick, 'target', series);
      await clock.advance(2500);
      balance(output);
    }
    const { queueBytes, samplesDropped } = output.status();
    expect(queueBytes).toBeLessThanOrEqual(maxBytes);
    expect(samplesDropped.queue_full).toBeGreaterThan(series);
    isDown = false;
    receiver.requests.length = 0;
    await until(() => output.status().queueSamples === 0);
    balance(output);
    for (const of of arrived().values()) expect(of.at(-1)).toBe(19);
  });
});

describe('a graceful stop with a receiver that hangs', () => {
  it('ends at the deadline, and what it could not send is sent by the next process', async () => {
    const first = make({ capacity: 20 });
    receiver.answer = () => 'hang';
    for (const value of range(0, 100)) append(first, value);
    const startMs = clock.monotonicMs();
    await drive(first.close(2000));
    expect(clock.monotonicMs() - startMs).toBeLessThanOrEqual(2010);
    balance(first);
    expect(first.status()).toMatchObject({ queueSamples: 500, samplesDropped: { closed: 0 } });
    receiver.answer = () => ({ status: 204 });
    receiver.requests.length = 0;
    const second = make();
    expect(second.status().durable?.samplesRecovered).toBe(500);
    await until(() => second.status().queueSamples === 0);
    expect(arrived().get('target 0')).toEqual(range(0, 100));
  });

  it('on a disk that takes nothing counts what is lost', async () => {
    const output = make({ capacity: 20 });
    receiver.answer = () => 'hang';
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    for (const value of range(0, 10)) append(output, value);
    await clock.advance(300);
    expect(output.status().durable?.isPaused).toBe(true);
    await drive(output.close(500));
    expect(output.status().samplesDropped.closed).toBe(50);
  });
});
