import type { Fragment, RequestSymbols } from '../../wire/fragment.js';
import {
  type BatchesOnDisk,
  finish,
  finishAll,
  type Lane,
  newLane,
  oldestStartMs,
  oldestWaiting,
} from './lane.js';
import type { RecordPlace } from './record-list.js';
import { WriteBatch } from './write-batch.js';

/** Uncompressed bytes of a request at most: Prometheus' receiver refuses 32 MB (since 3.8.1). */
export const mostUncompressedBytes = 16 * 1024 * 1024;
// Free buffers kept for the batches to come, per lane, and the size above which none is kept.
const freeBuffersPerLane = 2;
const largestFreeBufferBytes = 1024 * 1024;

export interface QueueBounds {
  /** Over all lanes, what is in flight included. */
  readonly samples: number;
  /** Allocated, over all lanes. */
  readonly bytes: number;
  readonly samplesPerBatch: number;
}

/**
 * Fragments on their way out, in lanes: within a lane they leave in the order they came, and one
 * batch at a time. Bounded in samples and bytes over all lanes; beyond, the oldest batch that is not
 * on the wire makes room.
 */
export class FragmentQueue {
  readonly #bounds: QueueBounds;
  readonly #onDisk: BatchesOnDisk | undefined;
  readonly #lanes: Lane[] = [newLane()];
  readonly #free: Uint8Array[] = [];
  readonly #parked = new Set<WriteBatch>();
  #sequence = 0;
  #generation = 0;
  /** Batches of the generation before: the next one waits for them, so that no series overtakes. */
  #oldBatches = 0;
  #samples = 0;
  #bytes = 0;
  #allocatedBytes = 0;
  #partlySent = 0;

  constructor(bounds: QueueBounds, onDisk?: BatchesOnDisk) {
    this.#bounds = bounds;
    this.#onDisk = onDisk;
  }

  get laneCount(): number {
    return this.#lanes.length;
  }

  /** Samples not settled yet. */
  get samples(): number {
    return this.#samples;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest batch that is here got its first sample (monotonic). */
  get oldestMs(): number | undefined {
    return oldestStartMs(this.#lanes, this.#parked);
  }

  /** Of batches that are still here, samples that were sent. */
  get partlySent(): number {
    return this.#partlySent;
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  hasRoom(fragment: Fragment): boolean {
    const { samples, bytes } = this.#bounds;
    const allocated = this.#allocatedBytes + fragment.bytes.length;
    return this.#samples + fragment.samples <= samples && allocated <= bytes;
  }

  get memoryBytes(): number {
    return this.#free.reduce((sum, buffer) => sum + buffer.byteLength, this.#allocatedBytes);
  }

  get isHalfFull(): boolean {
    const { samples, bytes } = this.#bounds;
    return 2 * this.#samples >= samples || 2 * this.#allocatedBytes >= bytes;
  }

  /** Takes a copy of the fragment; returns how many samples were dropped to make room for it. */
  append(lane: number, fragment: Fragment, nowMs: number, place?: RecordPlace): number {
    const into = this.#lanes[lane]!;
    const batch = this.#openBatch(into, lane, fragment, nowMs);
    const allocated = batch.allocatedBytes;
    const bytes = batch.bytes;
    batch.append(fragment);
    if (place !== undefined) batch.keep(place.segment, place.record, fragment.samples);
    this.#samples += fragment.samples;
    this.#bytes += batch.bytes - bytes;
    this.#allocatedBytes += batch.allocatedBytes - allocated;
    if (batch.samples >= this.#bounds.samplesPerBatch) finish(into, batch);
    // In strict order nothing comes that there is no room for, and nothing can be taken out alone.
    if (this.#onDisk?.keepsOrder) return 0;
    return this.#shrink(this.#bounds.samples, this.#bounds.bytes);
  }

  /** Drops the oldest until so many bytes are free; returns how many samples that were. */
  makeRoom(bytes: number): number {
    this.#free.length = 0;
    return this.#shrink(this.#bounds.samples, this.#allocatedBytes - bytes);
  }

  #shrink(mostSamples: number, mostBytes: number): number {
    let dropped = 0;
    while (this.#samples > mostSamples || this.#allocatedBytes > mostBytes) {
      const oldest = oldestWaiting(this.#lanes);
      if (oldest === undefined) break;
      if (this.#onDisk === undefined) dropped += oldest.samples;
      this.#evict(oldest);
    }
    return dropped;
  }

  /** What is not on the wire stays on the disk alone. */
  evictWaiting(): void {
    this.#free.length = 0;
    for (const lane of this.#lanes) {
      for (const batch of [...lane.full, ...lane.open]) this.#evict(batch);
    }
  }

  /** The same with full batches of the odd lanes that got their first sample before (monotonic). */
  evictStarted(beforeMs: number): void {
    for (let lane = 1; lane < this.#lanes.length; lane += 2) {
      for (const batch of [...this.#lanes[lane]!.full]) {
        if (batch.startedMs < beforeMs) this.#evict(batch);
      }
    }
  }

  #evict(batch: WriteBatch): void {
    this.#remove(batch);
    this.#onDisk?.evicted(batch);
  }

  /** A batch with all the samples it may have waits in some lane. */
  get isBehind(): boolean {
    return this.#lanes.some((lane) => lane.full.length > 0);
  }

  /**
   * When the lane's unfinished batch got its first sample (monotonic); undefined when there is none
   * or it must wait for other lanes.
   */
  openSinceMs(lane: number): number | undefined {
    return this.#oldBatches > 0 ? undefined : this.#lanes[lane]!.open[0]?.startedMs;
  }

  /** Stands for all that is queued now, and nothing that comes later but in the same batches. */
  get newestSequence(): number {
    return this.#sequence - 1;
  }

  /** Sequence of the lane's oldest unfinished batch; undefined when there is none. */
  openSequence(lane: number): number | undefined {
    return this.#lanes[lane]!.open[0]?.sequence;
  }

  /** Nothing up to {@link newestSequence} of then is queued any longer. */
  isSettled(sequence: number): boolean {
    for (const batch of this.#parked) if (batch.sequence <= sequence) return false;
    return this.#lanes.every(
      ({ taken, full, open }) =>
        (taken === undefined || taken.sequence > sequence) &&
        full.every((batch) => batch.sequence > sequence) &&
        open.every((batch) => batch.sequence > sequence),
    );
  }

  /**
   * What is open in the lane and refers to these symbols leaves before anything that comes: for a
   * target whose samples go into another batch from now on.
   */
  seal(lane: number, symbols: RequestSymbols | undefined): void {
    const from = this.#lanes[lane]!;
    const open = from.open.find((batch) => batch.symbols === symbols);
    if (open !== undefined) finish(from, open);
  }

  /**
   * The lane's oldest batch, an unfinished one only when `unfinished` says so. It stays in the queue,
   * safe from being dropped, until {@link settle}; until then the lane gives no other.
   */
  take(lane: number, unfinished: boolean): WriteBatch | undefined {
    const from = this.#lanes[lane]!;
    if (from.taken !== undefined) return undefined;
    const batch = from.full[0] ?? (unfinished ? from.open[0] : undefined);
    if (batch === undefined) return undefined;
    if (batch.generation === this.#generation && this.#oldBatches > 0) return undefined;
    if (batch === from.open[0]) from.open.shift();
    else from.full.shift();
    from.taken = batch;
    return batch;
  }

  /** The batch stays in the queue, but its lane goes on without it. */
  park(batch: WriteBatch): void {
    this.#lanes[batch.lane]!.taken = undefined;
    this.#parked.add(batch);
  }

  /** Some of a batch was delivered; the rest stays. */
  sentPart(batch: WriteBatch, samples: number): void {
    batch.samples -= samples;
    batch.partlySent += samples;
    this.#samples -= samples;
    this.#partlySent += samples;
  }

  /** The batch was delivered or given up; its buffer may be overwritten. */
  settle(batch: WriteBatch): void {
    this.#remove(batch);
    this.#onDisk?.settled(batch);
  }

  /** An {@link addLanes} still holds batches back. */
  get isHolding(): boolean {
    return this.#oldBatches > 0;
  }

  /**
   * More lanes; not while {@link isHolding}. What comes now may belong to another lane than what came
   * before, so it waits until all of that is settled.
   */
  addLanes(count: number): void {
    for (const lane of this.#lanes) {
      finishAll(lane);
      this.#oldBatches += lane.full.length + (lane.taken === undefined ? 0 : 1);
    }
    this.#generation++;
    for (let i = 0; i < count; i++) this.#lanes.push(newLane());
  }

  /** Empties the queue, what is taken included; returns the samples that were in it. */
  clear(): number {
    const { samples } = this;
    for (const batch of this.#parked) this.#remove(batch);
    for (const lane of this.#lanes) {
      for (const batch of [lane.taken, ...lane.full, ...lane.open]) {
        if (batch !== undefined) this.#remove(batch);
      }
    }
    this.#free.length = 0;
    return samples;
  }

  #openBatch(lane: Lane, index: number, fragment: Fragment, startedMs: number): WriteBatch {
    const { symbols } = fragment;
    const open = lane.open.find((batch) => batch.symbols === symbols);
    if (open !== undefined) {
      const samples = open.samples + fragment.samples;
      const bytes = open.uncompressedBytes + fragment.uncompressedBytes;
      if (samples <= this.#bounds.samplesPerBatch && bytes <= mostUncompressedBytes) return open;
      finish(lane, open);
    }
    const place = {
      lane: index,
      sequence: this.#sequence++,
      generation: this.#generation,
      startedMs,
    };
    const batch = new WriteBatch(place, this.#free.pop(), symbols);
    lane.open.push(batch);
    this.#allocatedBytes += batch.allocatedBytes;
    return batch;
  }

  #remove(batch: WriteBatch): void {
    const lane = this.#lanes[batch.lane]!;
    if (this.#parked.delete(batch)) {
      // In no lane any more.
    } else if (lane.taken === batch) lane.taken = undefined;
    else if (lane.open.includes(batch)) lane.open.splice(lane.open.indexOf(batch), 1);
    else lane.full.splice(lane.full.indexOf(batch), 1);
    if (batch.generation < this.#generation) this.#oldBatches--;
    this.#samples -= batch.samples;
    this.#partlySent -= batch.partlySent;
    this.#bytes -= batch.bytes;
    this.#allocatedBytes -= batch.allocatedBytes;
    const hasRoom = this.#free.length < freeBuffersPerLane * this.#lanes.length;
    if (hasRoom && batch.allocatedBytes <= largestFreeBufferBytes) {
      this.#free.push(batch.releaseBuffer());
    }
  }
}
