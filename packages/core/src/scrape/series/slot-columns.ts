/** No ref yet. */
export const undecided = -1;
const slotBytes = 8;

/**
 * What a series table knows of each text, by slot: columns of one
 * buffer, for each costs a few hundred bytes beside what is in it.
 */
export class SlotColumns {
  /** The ref of its series, `undecided`, or another negative number: why it has none. */
  readonly refs: Int32Array;
  /** The last scrape that had the text; 0 when it is not kept. */
  readonly keptIn: Uint32Array;

  constructor(length: number) {
    const buffer = new ArrayBuffer(length * slotBytes);
    this.refs = new Int32Array(buffer, 0, length).fill(undecided);
    this.keptIn = new Uint32Array(buffer, length * 4, length);
  }

  get length(): number {
    return this.refs.length;
  }

  get byteLength(): number {
    return this.refs.length * slotBytes;
  }

  /** A longer one that begins with these. */
  grown(length: number): SlotColumns {
    const grown = new SlotColumns(length);
    grown.refs.set(this.refs);
    grown.keptIn.set(this.keptIn);
    return grown;
  }
}

export const noSlots = new SlotColumns(0);
