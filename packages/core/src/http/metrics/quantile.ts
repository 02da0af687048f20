/**
 * The quantile of what was counted in cells, as histogram_quantile does it: within a cell as if all
 * were spread evenly. What is above the last bound counts as that bound.
 */
export function quantileOf(
  quantile: number,
  bounds: Float64Array,
  counts: Float64Array,
  total: number,
): number {
  const rank = quantile * total;
  let below = 0;
  for (let cell = 0; cell < bounds.length; cell++) {
    const count = counts[cell] as number;
    if (count > 0 && below + count >= rank) {
      const lower = cell === 0 ? 0 : (bounds[cell - 1] as number);
      const share = Math.max(rank - below, 0) / count;
      return lower + ((bounds[cell] as number) - lower) * share;
    }
    below += count;
  }
  return bounds.at(-1) ?? 0;
}
