import type { SpanContext } from './active-span.js';

/**
 * Requests that have begun and not ended: a small number each, which indexes typed arrays and is
 * used again afterwards. So a request leaves no garbage behind.
 */
export class InFlight {
  /** On the monotonic clock. */
  startMs: Float64Array<ArrayBufferLike> = new Float64Array(64);
  /** Of the request that ends now; an array, for numbers alone are allocated. */
  readonly endMs = new Float64Array(1);
  /** When the headers went out before the end of the response; NaN where they did not. */
  headersMs: Float64Array<ArrayBufferLike> = new Float64Array(64);
  requestBytes: Float64Array<ArrayBufferLike> = new Float64Array(64);
  responseBytes: Float64Array<ArrayBufferLike> = new Float64Array(64);
  methods: Uint8Array<ArrayBufferLike> = new Uint8Array(64);
  readonly spans: (SpanContext | undefined)[] = [];
  /** The free numbers, the first `#free` of them. */
  #freeSlots: Int32Array<ArrayBufferLike> = Int32Array.from({ length: 64 }, (_, i) => i);
  #free = 64;

  take(): number {
    if (this.#free === 0) this.#grow();
    const slot = this.#freeSlots[--this.#free] as number;
    this.headersMs[slot] = Number.NaN;
    this.requestBytes[slot] = 0;
    this.responseBytes[slot] = 0;
    return slot;
  }

  release(slot: number): void {
    this.#freeSlots[this.#free++] = slot;
  }

  #grow(): void {
    const length = this.startMs.length;
    this.startMs = doubled(this.startMs);
    this.headersMs = doubled(this.headersMs);
    this.requestBytes = doubled(this.requestBytes);
    this.responseBytes = doubled(this.responseBytes);
    const methods = new Uint8Array(length * 2);
    methods.set(this.methods);
    this.methods = methods;
    this.#freeSlots = new Int32Array(length * 2);
    for (let slot = length; slot < length * 2; slot++) this.#freeSlots[this.#free++] = slot;
  }
}

function doubled(array: Float64Array): Float64Array {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
