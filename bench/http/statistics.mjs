// Medians of paired differences. The interval is that of the sign test: no assumption about how times
// are spread, but that rounds are independent.

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The same values in an order that chance makes. */
export function shuffled(values) {
  const order = values.map((value) => ({ value, at: Math.random() }));
  return order.toSorted((a, b) => a.at - b.at).map(({ value }) => value);
}

/** Of each round's value minus its base's: the median, and the 95 % interval of the median. */
export function difference(values, bases) {
  const sorted = values.map((value, i) => value - bases[i]).toSorted((a, b) => a - b);
  const k = intervalRank(sorted.length);
  return { median: median(sorted), low: sorted[k], high: sorted[sorted.length - 1 - k] };
}

export function format({ median: middle, low, high }) {
  return `${signed(middle)} (${signed(low)} to ${signed(high)})`;
}

function signed(value) {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
}

/** How many of the smallest and largest may be left out: the largest k with P(X ≤ k) ≤ 2.5 %. */
function intervalRank(count) {
  let probability = 0.5 ** count;
  let sum = probability;
  let k = 0;
  while (sum + next(probability, k, count) <= 0.025) {
    probability = next(probability, k, count);
    sum += probability;
    k++;
  }
  return sum <= 0.025 ? k + 1 : 0;
}

function next(probability, k, count) {
  return (probability * (count - k)) / (k + 1);
}
