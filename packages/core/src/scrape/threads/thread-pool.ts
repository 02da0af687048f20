import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf, PromAgentError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { nextTurn } from '../../self/time-slice.js';
import { busyMemory, busyTargetOf } from '../busy-target.js';
import type { FromShard, ShardBoot, ToShard } from '../messages.js';
import type { ThreadTask } from '../shard/thread-entry.js';

/** Loading undici and compiling takes well under a second; a thread that needs longer is stuck. */
const startTimeoutMs = 30_000;
/** A thread that died is replaced at once; one that dies again and again, less and less often. */
const firstRestartDelayMs = 100;
const longestRestartDelayMs = 30_000;
/** A thread that lived this long starts the back-off anew. */
const steadyMs = 60_000;
/** Share of thread_memory that is JS heap: the rest is typed arrays, which resourceLimits do not see. */
const heapShare = 0.5;
const leastHeapMb = 64;
/**
 * A scrape leaves next to nothing behind, and all of V8's default of 48 MiB fills with it: 30 MiB less
 * of a process that scrapes 300 targets, for the same CPU (bench: scrape).
 */
const youngMb = 4;
const bytesPerMb = 1024 * 1024;

export interface ThreadPoolOptions {
  /** 0: one shard on the caller's own thread. */
  readonly threads: number;
  /** Default: the file beside this one. */
  readonly threadFile: string;
  readonly boot: ShardBoot;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A shard is there, at first or again: it knows no job and no target yet. */
  onStarted(slot: number): void;
  /** A shard's thread died, reading a body of the target if one is given; {@link onStarted} follows. */
  onLost(slot: number, targetId: string | undefined): void;
  onMessage(slot: number, message: FromShard): void;
}

interface Slot {
  port: MessagePort | undefined;
  busy: SharedArrayBuffer;
  startedMs: number;
  restartDelayMs: number;
  restart: ClockTimer | undefined;
  /** Told when the shard says `ready`, or when its port closes before. */
  starting: { resolve(): void; reject(error: Error): void } | undefined;
  closed: (() => void) | undefined;
}

/**
 * Holds one resident shard per thread. A shard's port is its life line: when a thread exits, throws
 * or runs out of memory its port closes, and a fresh thread takes the slot.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #slots: Slot[];
  #piscina: Piscina | undefined;
  /** Ids of workers that have or had a shard: each hosts one, and a dying one takes no second. */
  readonly #usedWorkers = new Set<number>();
  #slotsInUse = 1;
  #hasStarted = false;
  #closing = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: Math.max(1, options.threads) }, () => ({
      port: undefined,
      busy: busyMemory(),
      startedMs: 0,
      restartDelayMs: firstRestartDelayMs,
      restart: undefined,
      starting: undefined,
      closed: undefined,
    }));
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  /** @throws PromAgentError THREAD_START_FAILED */
  async start(): Promise<void> {
    if (this.#options.threads > 0) {
      this.#piscina = this.#createPiscina();
      // A thread takes the host's loop some 3 ms to start, and its shard another 3.
      await nextTurn();
    }
    try {
      // One after the other: the balancer places them, and a machine starts threads slowly enough.
      for (let slot = 0; slot < this.#slotsInUse; slot++) await this.#startSlot(slot);
      this.#hasStarted = true;
    } catch (error) {
      await this.close(0);
      throw new PromAgentError(
        'THREAD_START_FAILED',
        `no scrape thread could be started from ${this.#options.threadFile}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** From now on the first `slots` have a thread; {@link onStarted} tells of each. */
  use(slots: number): void {
    const first = this.#slotsInUse;
    this.#slotsInUse = Math.max(first, slots);
    if (!this.#hasStarted || this.#closing) return;
    for (let slot = first; slot < slots; slot++) this.#startLater(slot);
  }

  /** False when the slot has no thread, or not yet; what it should know is sent again in `onStarted`. */
  post(slot: number, message: ToShard, transfer: ArrayBuffer[] = []): boolean {
    const port = this.#slots[slot]?.port;
    if (port === undefined) return false;
    port.postMessage(message, transfer);
    return true;
  }

  /** Lets every shard finish and drain, by the deadline, and ends the threads. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#slots.map((slot) => this.#closeSlot(slot, deadlineMs)));
    await this.#piscina?.destroy();
    this.#piscina = undefined;
  }

  #createPiscina(): Piscina {
    const { threads, threadFile, boot } = this.#options;
    const heapMb = Math.round((boot.threadMemoryBytes * heapShare) / bytesPerMb);
    const piscina = new Piscina({
      filename: threadFile,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      // The default stops an idle worker's event loop, and with it the shard's timers and sockets
      // (piscina#346, #687).
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(leastHeapMb, heapMb),
        maxYoungGenerationSizeMb: youngMb,
      },
      // Not the host's flags: --inspect would bind its port twice, --import would run its loaders.
      execArgv: [],
      loadBalancer: (_task, workers) => {
        const free = workers.find((worker) => !this.#usedWorkers.has(worker.id));
        if (free !== undefined) this.#usedWorkers.add(free.id);
        return free ?? null;
      },
    });
    // Without a listener a thread that dies between tasks would end the host (delivery facts, §2).
    piscina.on('error', (error) => {
      if (this.#closing) return;
      this.#options.logger.error({ error: messageOf(error) }, 'a scrape thread died');
    });
    return piscina;
  }

  async #startSlot(index: number): Promise<void> {
    const slot = this.#slots[index]!;
    const { port1: port, port2: shardPort } = new MessageChannel();
    slot.port = port;
    slot.busy = busyMemory();
    slot.startedMs = this.#options.clock.monotonicMs();
    const ready = new Promise<void>((resolve, reject) => {
      slot.starting = { resolve, reject };
    });
    port.on('message', (message: FromShard) => this.#receive(index, slot, message));
    port.on('close', () => this.#onPortClosed(index, slot, port));
    const timer = this.#options.clock.setTimer(startTimeoutMs, () =>
      slot.starting?.reject(new Error(`it was not ready within ${startTimeoutMs / 1000} s`)),
    );
    try {
      await Promise.all([this.#launch(shardPort, index, slot.busy), ready]);
      // Whoever awaits start() is kept alive by the port until here, and by nothing of ours later;
      // whoever awaits close() meanwhile, by the port until then.
      if (!this.#closing) port.unref();
    } catch (error) {
      port.close();
      throw error;
    } finally {
      timer.cancel();
      slot.starting = undefined;
    }
    this.#options.onStarted(index);
  }

  async #launch(port: MessagePort, thread: number, busy: SharedArrayBuffer): Promise<void> {
    const { boot, clock } = this.#options;
    if (this.#piscina !== undefined) {
      const task = { port, boot, thread, busy } satisfies ThreadTask;
      await this.#piscina.run(task, { transferList: [port] });
      return;
    }
    // Loaded where it runs: a thread of its own has it otherwise, and the host's would carry it for nothing.
    const { startShard } = await import('../shard/start-shard.js');
    await startShard(port, boot, thread, clock, busy);
    port.unref();
  }

  #receive(index: number, slot: Slot, message: FromShard): void {
    if (message.type === 'ready') slot.starting?.resolve();
    else if (message.type === 'closed') slot.closed?.();
    else if (message.type === 'log') {
      this.#options.logger[message.level](message.fields, message.message);
    } else this.#options.onMessage(index, message);
  }

  #onPortClosed(index: number, slot: Slot, port: MessagePort): void {
    slot.closed?.();
    slot.starting?.reject(new Error('it ended before it was ready'));
    if (slot.port !== port) return;
    slot.port = undefined;
    if (this.#closing || slot.starting !== undefined) return;
    this.#options.onLost(index, busyTargetOf(slot.busy));
    this.#scheduleRestart(index, slot);
  }

  #scheduleRestart(index: number, slot: Slot): void {
    const { clock, logger } = this.#options;
    const livedMs = clock.monotonicMs() - slot.startedMs;
    if (livedMs > steadyMs) slot.restartDelayMs = firstRestartDelayMs;
    const delayMs = slot.restartDelayMs;
    slot.restartDelayMs = Math.min(delayMs * 2, longestRestartDelayMs);
    logger.warn(
      { thread: index, livedMs: Math.round(livedMs), delayMs },
      'restarting a scrape thread',
    );
    slot.restart = clock.setTimer(delayMs, () => {
      if (!this.#closing) this.#startLater(index);
    });
  }

  #startLater(index: number): void {
    this.#startSlot(index).catch((error: unknown) => {
      const { logger } = this.#options;
      logger.error({ thread: index, error: messageOf(error) }, 'a scrape thread did not start');
      if (!this.#closing) this.#scheduleRestart(index, this.#slots[index]!);
    });
  }

  async #closeSlot(slot: Slot, deadlineMs: number): Promise<void> {
    slot.restart?.cancel();
    const { port } = slot;
    if (port === undefined) return;
    let timer: ClockTimer | undefined;
    const closed = new Promise<void>((resolve) => {
      slot.closed = resolve;
      // The shard's own deadline comes first; a thread that does not answer is ended all the same.
      timer = this.#options.clock.setTimer(deadlineMs + 500, resolve);
    });
    // While it drains the process must live: nothing else of the agent holds it.
    port.ref();
    port.postMessage({ type: 'close', deadlineMs } satisfies ToShard);
    await closed;
    timer?.cancel();
    slot.port = undefined;
    port.close();
  }
}
