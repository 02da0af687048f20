/** A growing list of integers without holes or boxes. */
export class IntList {
  values = new Int32Array(1024);
  count = 0;

  push(value: number): void {
    this.reserve(1);
    this.values[this.count++] = value;
  }

  /** Makes room for `more`. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.values.length) return;
    const grown = new Int32Array(Math.max(needed, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }

  /** Makes it `count` times `value`. */
  fill(value: number, count: number): void {
    this.count = 0;
    this.reserve(count);
    this.values.fill(value, 0, count);
    this.count = count;
  }
}
