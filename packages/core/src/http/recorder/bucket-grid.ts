import { exponentialBound } from '../../model/exponential-buckets.js';

/** Exponential buckets beside the classic ones: between two powers of two, 2^schema to each. */
export interface ExponentialRange {
  readonly schema: number;
  /** Exponents of the powers of two. What is not above the lowest is the zero bucket's. */
  readonly lowestExponent: number;
  readonly highestExponent: number;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const highWord = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** What is counted next. As an argument of a call that the engine does not inline it would be allocated. */
export const observed: Float64Array = float;

/** Sign, exponent and three bits of the fraction: eight keys to a power of two. */
const keyShift = 17;

/**
 * The cells that observations are counted in: the union of the classic bounds and the exponential
 * ones, so that one addition serves both forms of a histogram. A cell is found through the first bits
 * of the number, then by one or two comparisons.
 */
export class BucketGrid {
  /** Upper bounds of the cells, inside; the cell behind the last has none. */
  readonly bounds: Float64Array;
  readonly classicBounds: readonly number[];
  readonly range: ExponentialRange | undefined;
  /** Cell → its classic bucket; the last bucket is that of +Inf. */
  readonly classicOf: Uint16Array;
  /** Classic bucket, +Inf too → the first cell that is above it. */
  readonly classicEnds: Uint16Array;
  /** Cell → index of its exponential bucket; below {@link firstExponential}: the zero bucket. */
  readonly exponentialOf: Int32Array;
  readonly #lowestKey: number;
  /** Key → the first cell that may be right. */
  readonly #starts: Uint16Array;

  constructor(classicBounds: readonly number[], range?: ExponentialRange) {
    this.classicBounds = classicBounds;
    this.range = range;
    const exponential = range === undefined ? [] : exponentialBounds(range);
    const bounds = [...new Set([...classicBounds, ...exponential])].sort((a, b) => a - b);
    this.bounds = Float64Array.from(bounds);
    this.classicOf = Uint16Array.from({ length: bounds.length + 1 }, (_, cell) =>
      firstNotBelow(classicBounds, bounds[cell] ?? Infinity),
    );
    this.classicEnds = Uint16Array.from(
      { length: classicBounds.length + 1 },
      (_, bucket) => this.classicOf.lastIndexOf(bucket) + 1,
    );
    const first = range === undefined ? 0 : range.lowestExponent * 2 ** range.schema;
    this.exponentialOf = Int32Array.from(
      { length: bounds.length + 1 },
      (_, cell) => first + firstNotBelow(exponential, bounds[cell] ?? Infinity),
    );
    const positive = bounds.filter((bound) => bound > 0);
    this.#lowestKey = keyOf(positive[0] ?? 1);
    const keys = keyOf(positive.at(-1) ?? 1) - this.#lowestKey + 1;
    this.#starts = Uint16Array.from({ length: keys }, (_, key) =>
      firstNotBelow(bounds, lowestOf(this.#lowestKey + key)),
    );
  }

  get cells(): number {
    return this.bounds.length + 1;
  }

  /** Index of the lowest exponential bucket; cells of lower ones are in the zero bucket. */
  get firstExponential(): number {
    const { range } = this;
    return range === undefined ? 0 : range.lowestExponent * 2 ** range.schema + 1;
  }

  /** The cell of `observed[0]`, which is neither negative nor NaN. */
  cellOfObserved(): number {
    const key = (words[highWord] as number) >>> keyShift;
    const at = key - this.#lowestKey;
    const { bounds } = this;
    let cell = 0;
    if (at >= this.#starts.length) cell = bounds.length;
    else if (at >= 0) cell = this.#starts[at] as number;
    while (cell < bounds.length && (float[0] as number) > (bounds[cell] as number)) cell++;
    return cell;
  }
}

function exponentialBounds({
  schema,
  lowestExponent,
  highestExponent,
}: ExponentialRange): number[] {
  const perOctave = 2 ** schema;
  const first = lowestExponent * perOctave;
  const count = (highestExponent - lowestExponent) * perOctave + 1;
  return Array.from({ length: count }, (_, i) => exponentialBound(first + i, schema));
}

function keyOf(value: number): number {
  float[0] = value;
  return (words[highWord] as number) >>> keyShift;
}

/** The smallest number with this key. */
function lowestOf(key: number): number {
  float[0] = 0;
  words[highWord] = key << keyShift;
  return float[0] as number;
}

function firstNotBelow(rising: readonly number[], value: number): number {
  const found = rising.findIndex((bound) => bound >= value);
  return found < 0 ? rising.length : found;
}
