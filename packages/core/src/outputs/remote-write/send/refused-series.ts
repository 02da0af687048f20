import type { PostResult } from '../../delivery/exchange.js';
import { fieldsOf, varintAt } from '../../wire/request-parts.js';

/** TimeSeries.labels of 1.0, repeated; TimeSeries.labels_refs of 2.0. */
const labelsTag = 0x0a;
/** One that was not refused for so long is no longer known. */
const forgetAfterMs = 10 * 60_000;
const mostPerLane = 1_000;

/**
 * Series that the receiver refused, by lane: they are sent apart from the others, so that the same series does
 * not have each batch taken to pieces. In 2.0 they go by their numbers in the table of symbols: where that is
 * another one, they are found again.
 */
export class RefusedSeries {
  /** When each was refused last, monotonic; the oldest first. */
  readonly #lanes = new Map<number, Map<string, number>>();
  /** The last by which one was refused. */
  answer: PostResult = { status: 400, retryAfter: undefined, words: '' };

  /** @param series as a field of a request */
  add(lane: number, series: Uint8Array, answer: PostResult, nowMs: number): void {
    let known = this.#lanes.get(lane);
    if (known === undefined) {
      known = new Map();
      this.#lanes.set(lane, known);
    }
    const key = keyOf(series);
    known.delete(key);
    known.set(key, nowMs);
    const [oldest] = known.keys();
    if (known.size > mostPerLane && oldest !== undefined) known.delete(oldest);
    this.answer = answer;
  }

  /** The receiver takes it now. */
  delete(lane: number, series: Uint8Array): void {
    this.#lanes.get(lane)?.delete(keyOf(series));
  }

  /** Those of a lane's series that were refused before; undefined where none is known. */
  lookIn(lane: number, nowMs: number): ((series: Uint8Array) => boolean) | undefined {
    const known = this.#lanes.get(lane);
    if (known === undefined) return undefined;
    for (const [key, atMs] of known) {
      if (nowMs - atMs < forgetAfterMs) break;
      known.delete(key);
    }
    if (known.size === 0) this.#lanes.delete(lane);
    return known.size === 0 ? undefined : (series) => known.has(keyOf(series));
  }
}

/** The bytes of its labels, which stand first. */
function keyOf(series: Uint8Array): string {
  const content = series.subarray(varintAt(series, 1).end);
  let length = 0;
  for (const field of fieldsOf(content)) {
    if (field[0] !== labelsTag) break;
    length += field.length;
  }
  return Buffer.from(content.buffer, content.byteOffset, length).toString('latin1');
}
