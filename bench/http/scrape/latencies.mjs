// Percentiles of many latencies, and how sure they are.

/** Latencies counted by size: within 0.5 % of what they are, and cheap to add up. */
const smallestMs = 0.01;
const growth = Math.log(1.005);
const sizes = Math.ceil(Math.log(1e6 / smallestMs) / growth) + 1;

export function counted(latenciesMs) {
  const counts = new Uint32Array(sizes);
  for (const ms of latenciesMs) {
    const size = Math.ceil(Math.log(Math.max(ms, smallestMs) / smallestMs) / growth);
    counts[Math.min(size, sizes - 1)]++;
  }
  return counts;
}

function sumOf(all) {
  const sum = new Float64Array(sizes);
  for (const counts of all) for (let i = 0; i < sizes; i++) sum[i] += counts[i];
  return sum;
}

export function percentile(counts, share) {
  let left = 0;
  for (const count of counts) left += count;
  left *= share;
  for (let size = 0; size < counts.length; size++) {
    left -= counts[size];
    if (left <= 0) return smallestMs * Math.exp(growth * size);
  }
  return Number.NaN;
}

/** Of pairs of windows: what the percentile of all `scraped` ones is above that of all `without`. */
function addedBy(pairs, share) {
  const of = (name) => percentile(sumOf(pairs.map((pair) => pair[name])), share);
  return of('scraped') - of('without');
}

/** That with its 95 % interval: the pairs drawn anew, with putting back, some thousand times. */
export function added(pairs, share) {
  const draws = Array.from({ length: 1000 }, () => {
    const drawn = pairs.map(() => pairs[Math.floor(Math.random() * pairs.length)]);
    return addedBy(drawn, share);
  }).sort((a, b) => a - b);
  return { median: addedBy(pairs, share), low: draws[24], high: draws[974] };
}

export function pooled(pairs, name, share) {
  return percentile(sumOf(pairs.map((pair) => pair[name])), share);
}
