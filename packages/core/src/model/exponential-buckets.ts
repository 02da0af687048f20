/*
 * The borders of a native histogram's exponential buckets (prometheus model/histogram). A schema of
 * -4 to 8 divides each power of two into 2^schema buckets; the bucket `index` ends with 2 to the power
 * of index × 2^-schema, which is inside. Negative buckets are the mirror of the positive ones.
 */

export const lowestSchema = -4;
export const highestSchema = 8;

// Roots of two, √2 first. Prometheus' table of bounds (model/histogram, exponentialBounds) is not the
// nearest float64s; with a √2 that is one unit too small these products are the table, bit for bit.
const roots = [Math.SQRT2 - 2 ** -52];
for (let root = Math.SQRT2; roots.length < highestSchema; ) {
  root = Math.sqrt(root);
  roots.push(root);
}

/** Upper bound of an exponential bucket. */
export function exponentialBound(index: number, schema: number): number {
  // The bucket of the largest float64 ends there; the one above it holds +Inf.
  if (index === 2 ** (10 + schema)) return Number.MAX_VALUE;
  if (schema <= 0) return 2 ** (index * 2 ** -schema);
  const perOctave = 2 ** schema;
  const octave = Math.floor(index / perOctave);
  return octaveFraction(index - octave * perOctave, perOctave) * 2 ** octave;
}

/** 2 to the power of step / perOctave. */
function octaveFraction(step: number, perOctave: number): number {
  let fraction = 1;
  for (let bit = perOctave / 2, k = 0; bit >= 1; bit /= 2, k++) {
    if (Math.floor(step / bit) % 2 === 1) fraction *= roots[k]!;
  }
  return fraction;
}

/** By schema: where the buckets of the octave from 1 to 2 begin. */
const octaveStarts: (Float64Array | undefined)[] = [];

function octaveStartsOf(schema: number): Float64Array {
  const perOctave = 2 ** schema;
  const starts = Float64Array.from({ length: perOctave }, (_, i) => octaveFraction(i, perOctave));
  octaveStarts[schema] = starts;
  return starts;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const highWord = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * Index of the bucket of a magnitude: > 0, +Inf included. It is small so that the engine puts it into
 * its caller: a number that is an argument of a call is allocated, one that goes by `float` is not.
 */
export function exponentialIndex(magnitude: number, schema: number): number {
  float[0] = magnitude;
  return indexOfFloat(schema);
}

function indexOfFloat(schema: number): number {
  // The bucket above that of the largest number.
  if (float[0] === Infinity) return 2 ** (10 + schema) + 1;
  // Below that a float64 has no implicit bit, so its exponent says less.
  const isSubnormal = float[0]! < 2 ** -1022;
  if (isSubnormal) float[0]! *= 2 ** 52;
  const high = words[highWord]!;
  const octave = (high >>> 20) - 1023 - (isSubnormal ? 52 : 0);
  // The same number between 1 and 2.
  words[highWord] = (high & 0xfffff) | 0x3ff00000;
  const fraction = float[0]!;
  if (schema <= 0) {
    const end = fraction === 1 ? octave : octave + 1;
    return Math.ceil(end / 2 ** -schema) | 0;
  }
  const starts = octaveStarts[schema] ?? octaveStartsOf(schema);
  let low = 0;
  let above = starts.length;
  while (low < above) {
    const middle = (low + above) >>> 1;
    if (starts[middle]! < fraction) low = middle + 1;
    else above = middle;
  }
  return low + octave * starts.length;
}

/** The schema whose buckets grow by the factor or the next smaller one; the factor is above 1. */
export function schemaOf(bucketFactor: number): number {
  const schema = 0 - Math.floor(Math.log2(Math.log2(bucketFactor)));
  return Math.min(Math.max(schema, lowestSchema), highestSchema);
}
