/**
 * Which target a thread is reading the body of, in memory it shares with the main thread: when the
 * thread dies, this is what it died of. Only the work that is synchronous, from the inflating to the
 * outputs, is named: of the requests of a thread many are under way at a time.
 */
export class BusyTarget {
  readonly #words: Uint32Array;

  /** @param memory 8 bytes, as {@link busyMemory} makes them */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
  }

  enter([high, low]: TargetWords): void {
    this.#words[0] = high;
    this.#words[1] = low;
  }

  leave(): void {
    this.#words.fill(0);
  }
}

/** A target id as two numbers, so that none is made per scrape. */
export type TargetWords = readonly [high: number, low: number];

export function wordsOf(targetId: string): TargetWords {
  return [Number.parseInt(targetId.slice(0, 8), 16), Number.parseInt(targetId.slice(8), 16)];
}

export function busyMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/** The target a thread was reading when it was last heard of. */
export function busyTargetOf(memory: SharedArrayBuffer): string | undefined {
  const [high = 0, low = 0] = new Uint32Array(memory);
  if (high === 0 && low === 0) return undefined;
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
