/**
 * The samples of one body in their order, as columns. One instance serves all scrapes of a thread:
 * its arrays grow and are overwritten by the next parse.
 */
export class ParsedBody {
  count = 0;
  /** Slot of the sample's series in the target's SeriesKeys. */
  slots = new Int32Array(1024);
  values = new Float64Array(1024);
  /** The sample's own timestamp in ms, NaN where it has none. */
  timestampsMs = new Float64Array(1024);
  /** True when at least one sample has a timestamp. */
  hasTimestamps = false;
  /** True when every sample stands where the last body had it: the slots did not change. */
  sameOrder = false;

  reset(): void {
    this.count = 0;
    this.hasTimestamps = false;
    this.sameOrder = false;
  }

  /** Makes room for one more sample. */
  reserve(): void {
    if (this.count < this.slots.length) return;
    const length = this.slots.length * 2;
    this.slots = grow(this.slots, new Int32Array(length));
    this.values = grow(this.values, new Float64Array(length));
    this.timestampsMs = grow(this.timestampsMs, new Float64Array(length));
  }
}

function grow<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
