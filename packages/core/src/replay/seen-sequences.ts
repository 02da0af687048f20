/** So many of a stream's last sequence numbers are kept: more than a producer has under way. */
const keptPerStream = 256;
const firstRoom = 8;

/**
 * Which messages were read already: a producer that was not answered writes a message again, at another
 * offset. Numbers of a stream rise, so that all but repeats are told by one comparison. A message that is
 * fetched again, for it was not delivered, is no repeat: its offset is the same.
 */
export class SeenSequences {
  readonly #streams = new Map<string, SeenOfStream>();

  /** False when the stream has the same at another offset. */
  add(stream: string, sequence: number, offset: number): boolean {
    let seen = this.#streams.get(stream);
    if (seen === undefined) {
      seen = new SeenOfStream();
      this.#streams.set(stream, seen);
    }
    return seen.add(sequence, offset);
  }
}

class SeenOfStream {
  #sequences = new Float64Array(firstRoom);
  #offsets = new Float64Array(firstRoom);
  #count = 0;
  #highest = Number.NEGATIVE_INFINITY;

  add(sequence: number, offset: number): boolean {
    if (sequence > this.#highest) this.#highest = sequence;
    else {
      const kept = Math.min(this.#count, this.#sequences.length);
      const place = this.#sequences.subarray(0, kept).indexOf(sequence);
      if (place >= 0) return this.#offsets[place] === offset;
    }
    if (this.#count === this.#sequences.length && this.#count < keptPerStream) this.#grow();
    const place = this.#count++ % this.#sequences.length;
    this.#sequences[place] = sequence;
    this.#offsets[place] = offset;
    return true;
  }

  #grow(): void {
    const sequences = new Float64Array(this.#count * 2);
    const offsets = new Float64Array(this.#count * 2);
    sequences.set(this.#sequences);
    offsets.set(this.#offsets);
    this.#sequences = sequences;
    this.#offsets = offsets;
  }
}
