/** A growing list of float64s that is filled again for each message. */
export class NumberList {
  values = new Float64Array(16);
  count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }

  /** A copy of what is in it. */
  slice(): Float64Array {
    return this.values.slice(0, this.count);
  }
}
