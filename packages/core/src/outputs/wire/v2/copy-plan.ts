import type { SnappyCompressor } from '../snappy.js';
import { mostMatches } from './series-matches.js';

const shortestCopy = 4;
const longestCopy = 64;
/** A copy from less far back, of at most so many bytes, takes two bytes instead of three. */
const nearCopy = 2048;
const shortCopy = 11;
/** More than any part takes. */
const never = 0x3fff_ffff;

// What may become of a byte.
const constant = 0;
/** Written anew by each scrape. */
const hole = 1;
/** The timestamp's first byte; the others count on from here. All timestamps of a part are alike. */
const firstOfTime = 2;
/** Added for a timestamp that is written anew by each scrape; the others are copies of it. */
const written = 32;
const kindMask = written - 1;

/**
 * Chooses among the copies that matches offer for the bytes of a part those that make it the smallest: from
 * its end on, for each byte the cheapest way to go on. What a scrape writes is never part of a copy.
 */
export class CopyPlan {
  #kinds = new Uint8Array(0);
  /** Bytes it takes from here on; and if the byte before goes out as it is, which spares a tag. */
  #costs = new Int32Array(0);
  #literalCosts = new Int32Array(0);
  /** Of the best copy that begins here, if there is one. */
  #copyCosts = new Int32Array(0);
  #lengths = new Uint8Array(0);
  #copyDistances = new Uint16Array(0);
  #length = 0;
  readonly #runs = new Int32Array(mostMatches);

  get memoryBytes(): number {
    return this.#kinds.length * 16;
  }

  /** For a part of so many bytes, all of them constant. */
  start(length: number): void {
    if (this.#kinds.length <= length) this.#grow(length);
    this.#length = length;
    this.#kinds.fill(constant, 0, length);
    this.#costs[length] = 0;
    this.#literalCosts[length] = 0;
  }

  markHole(from: number, to: number): void {
    this.#kinds.fill(hole, from, to);
  }

  /** @param isWritten it is written by each scrape, not copied from another */
  markTime(from: number, to: number, isWritten: boolean): void {
    const kind = isWritten ? firstOfTime + written : firstOfTime;
    for (let at = from; at < to; at++) this.#kinds[at] = kind + at - from;
  }

  /** Goes on towards the beginning, with `bytes[from..to)`. */
  choose(bytes: Uint8Array, from: number, to: number, distances: Int32Array, count: number): void {
    const kinds = this.#kinds;
    const costs = this.#costs;
    const literalCosts = this.#literalCosts;
    for (let i = 0; i < count; i++) this.#runs[i] = this.#runFrom(bytes, to, distances[i]!);
    for (let at = to - 1; at >= from; at--) {
      const kind = kinds[at]!;
      const copyCost = this.#cheapestCopy(bytes, at, distances, count);
      const isCopied = kind >= firstOfTime && kind < written;
      const cost = isCopied ? never : literalCosts[at + 1]! + 1;
      this.#copyCosts[at] = copyCost;
      costs[at] = Math.min(copyCost, cost + 1);
      literalCosts[at] = Math.min(copyCost, cost);
    }
  }

  #cheapestCopy(bytes: Uint8Array, at: number, distances: Int32Array, count: number): number {
    const kinds = this.#kinds;
    const costs = this.#costs;
    const runs = this.#runs;
    const kind = kinds[at]!;
    const byte = bytes[at]!;
    let best = never;
    let bestLength = 0;
    let bestDistance = 0;
    for (let i = 0; i < count; i++) {
      const source = at - distances[i]!;
      if (source < 0 || bytes[source] !== byte || !isAlike(kind, kinds[source]!)) {
        runs[i] = 0;
        continue;
      }
      const run = ++runs[i]!;
      if (run < shortestCopy) continue;
      const distance = at - source;
      let length = Math.min(run, longestCopy);
      let cost: number = costs[at + length]! + 3;
      if (distance < nearCopy) {
        const near = Math.min(run, shortCopy);
        const nearCost = costs[at + near]! + 2;
        if (nearCost < cost) {
          cost = nearCost;
          length = near;
        }
      }
      if (cost >= best) continue;
      best = cost;
      bestLength = length;
      bestDistance = distance;
    }
    this.#lengths[at] = bestLength;
    this.#copyDistances[at] = bestDistance;
    return best;
  }

  /** Makes the copies that were chosen. */
  emit(snappy: SnappyCompressor): void {
    let isLiteral = false;
    for (let at = 0; at < this.#length; ) {
      const copyCost = this.#copyCosts[at]!;
      const cost: number = (isLiteral ? this.#literalCosts : this.#costs)[at]!;
      isLiteral = copyCost > cost || copyCost === never;
      if (isLiteral) at++;
      else {
        const from = at - this.#copyDistances[at]!;
        const to = at + this.#lengths[at]!;
        at = snappy.copyAsFarAsEqual(at, to, from, from + to - at);
      }
    }
  }

  /** How many bytes from `at` on are equal to those so far before them. */
  #runFrom(bytes: Uint8Array, at: number, distance: number): number {
    const kinds = this.#kinds;
    const most = Math.min(longestCopy, this.#length - at);
    let run = 0;
    for (; run < most; run++) {
      const source = at + run - distance;
      if (source < 0 || bytes[source] !== bytes[at + run]) break;
      if (!isAlike(kinds[at + run]!, kinds[source]!)) break;
    }
    return run;
  }

  #grow(length: number): void {
    const room = length + 1 + (length >> 1);
    this.#kinds = new Uint8Array(room);
    this.#costs = new Int32Array(room);
    this.#literalCosts = new Int32Array(room);
    this.#copyCosts = new Int32Array(room);
    this.#lengths = new Uint8Array(room);
    this.#copyDistances = new Uint16Array(room);
  }
}

/** Whether a byte may be a copy of another: a constant of a constant, a part of the time of the same part. */
function isAlike(kind: number, source: number): boolean {
  return kind !== hole && (source & kindMask) === kind;
}
