import type { Fragment } from './fragment.js';
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

interface Lane {
  readonly full: WriteBatch[];
  open: WriteBatch | undefined;
  taken: WriteBatch | undefined;
}

/**
 * Fragments on their way out, in lanes: within a lane they leave in the order they came, and one
 * batch at a time. Bounded in samples and bytes over all lanes; beyond, the oldest batch that is not
 * on the wire makes room.
 */
export class FragmentQueue {
  readonly #bounds: QueueBounds;
  readonly #lanes: Lane[] = [newLane()];
  readonly #free: Uint8Array[] = [];
  #sequence = 0;
  #generation = 0;
  /** Batches of the generation before: the next one waits for them, so that no series overtakes. */
  #oldBatches = 0;
  #samples = 0;
  #bytes = 0;
  #allocatedBytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
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

  get memoryBytes(): number {
    let free = 0;
    for (const buffer of this.#free) free += buffer.byteLength;
    return this.#allocatedBytes + free;
  }

  get isHalfFull(): boolean {
    const { samples, bytes } = this.#bounds;
    return this.#samples * 2 >= samples || this.#allocatedBytes * 2 >= bytes;
  }

  /** Takes a copy of the fragment; returns how many samples were dropped to make room for it. */
  append(lane: number, fragment: Fragment, nowMs: number): number {
    const into = this.#lanes[lane]!;
    const batch = this.#openBatch(into, lane, fragment, nowMs);
    const allocated = batch.allocatedBytes;
    const bytes = batch.bytes;
    batch.append(fragment);
    this.#samples += fragment.samples;
    this.#bytes += batch.bytes - bytes;
    this.#allocatedBytes += batch.allocatedBytes - allocated;
    if (batch.samples >= this.#bounds.samplesPerBatch) finish(into);
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
      const oldest = this.#oldestWaiting();
      if (oldest === undefined) break;
      dropped += oldest.samples;
      this.#remove(oldest);
    }
    return dropped;
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
    return this.#oldBatches > 0 ? undefined : this.#lanes[lane]!.open?.startedMs;
  }

  /** Stands for all that is queued now, and nothing that comes later but in the same batches. */
  get newestSequence(): number {
    return this.#sequence - 1;
  }

  /** Sequence of the lane's unfinished batch; undefined when there is none. */
  openSequence(lane: number): number | undefined {
    return this.#lanes[lane]!.open?.sequence;
  }

  /** Nothing up to {@link newestSequence} of then is queued any longer. */
  isSettled(sequence: number): boolean {
    return this.#lanes.every(({ taken, full, open }) => {
      const oldest = taken ?? full[0] ?? open;
      return oldest === undefined || oldest.sequence > sequence;
    });
  }

  /**
   * The lane's oldest batch, an unfinished one only when `unfinished` says so. It stays in the queue,
   * safe from being dropped, until {@link settle}; until then the lane gives no other.
   */
  take(lane: number, unfinished: boolean): WriteBatch | undefined {
    const from = this.#lanes[lane]!;
    if (from.taken !== undefined) return undefined;
    const batch = from.full[0] ?? (unfinished ? from.open : undefined);
    if (batch === undefined) return undefined;
    if (batch.generation === this.#generation && this.#oldBatches > 0) return undefined;
    if (batch === from.open) from.open = undefined;
    else from.full.shift();
    from.taken = batch;
    return batch;
  }

  /** The batch was delivered or given up; its buffer may be overwritten. */
  settle(batch: WriteBatch): void {
    this.#remove(batch);
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
      finish(lane);
      this.#oldBatches += lane.full.length + (lane.taken === undefined ? 0 : 1);
    }
    this.#generation++;
    for (let i = 0; i < count; i++) this.#lanes.push(newLane());
  }

  /** Empties the queue, what is taken included; returns the samples that were in it. */
  clear(): number {
    const { samples } = this;
    for (const lane of this.#lanes) {
      for (const batch of [lane.taken, ...lane.full, lane.open]) {
        if (batch !== undefined) this.#remove(batch);
      }
    }
    this.#free.length = 0;
    return samples;
  }

  #openBatch(lane: Lane, index: number, fragment: Fragment, startedMs: number): WriteBatch {
    const { open } = lane;
    if (open !== undefined) {
      const samples = open.samples + fragment.samples;
      const bytes = open.uncompressedBytes + fragment.uncompressedBytes;
      if (samples <= this.#bounds.samplesPerBatch && bytes <= mostUncompressedBytes) return open;
      finish(lane);
    }
    const place = {
      lane: index,
      sequence: this.#sequence++,
      generation: this.#generation,
      startedMs,
    };
    lane.open = new WriteBatch(place, this.#free.pop());
    this.#allocatedBytes += lane.open.allocatedBytes;
    return lane.open;
  }

  #oldestWaiting(): WriteBatch | undefined {
    let oldest: WriteBatch | undefined;
    for (const lane of this.#lanes) {
      const first = lane.full[0] ?? lane.open;
      if (first !== undefined && (oldest === undefined || first.sequence < oldest.sequence)) {
        oldest = first;
      }
    }
    return oldest;
  }

  #remove(batch: WriteBatch): void {
    const lane = this.#lanes[batch.lane]!;
    if (lane.taken === batch) lane.taken = undefined;
    else if (lane.open === batch) lane.open = undefined;
    else lane.full.splice(lane.full.indexOf(batch), 1);
    if (batch.generation < this.#generation) this.#oldBatches--;
    this.#samples -= batch.samples;
    this.#bytes -= batch.bytes;
    this.#allocatedBytes -= batch.allocatedBytes;
    const hasRoom = this.#free.length < freeBuffersPerLane * this.#lanes.length;
    if (hasRoom && batch.allocatedBytes <= largestFreeBufferBytes) {
      this.#free.push(batch.releaseBuffer());
    }
  }
}

function newLane(): Lane {
  return { full: [], open: undefined, taken: undefined };
}

function finish(lane: Lane): void {
  if (lane.open !== undefined) lane.full.push(lane.open);
  lane.open = undefined;
}
