import { copyBytes } from '../../../exposition/byte-blocks.js';
import { KeyTable } from '../../../exposition/key-table.js';
import type { ByteSink } from '../../../exposition/render/byte-sink.js';

const context = 0;
const noNumbers = new Int32Array(0);

/**
 * What stands between the numbers of bodies: targets of one kind show the same series, so the groups of
 * a thread share each text, as long as one of them holds it (docs/decisions/0040).
 */
export class SharedTexts {
  readonly #table = new KeyTable();
  /** By id: how many places of groups hold it. */
  #holders = noNumbers;
  /** By id: the last body that has it; see {@link beginBody}. */
  #bodies = noNumbers;
  #body = 0;
  /** By ref, of the group that is just looked at: a place + 1. All zero between two calls. */
  #placesOfRefs = noNumbers;

  /** How many different ones there are. */
  get size(): number {
    return this.#table.size;
  }

  get memoryBytes(): number {
    const { length } = this.#holders;
    return this.#table.memoryBytes + (2 * length + this.#placesOfRefs.length) * 4;
  }

  /** The id of a text, held once more. */
  hold(text: string): number {
    const bytes = Buffer.from(text);
    const id = this.#table.add(bytes, 0, bytes.length, context);
    if (id >= this.#holders.length) this.#fit();
    this.#holders[id]!++;
    return id;
  }

  release(id: number): void {
    this.#holders[id]!--;
    if (this.#holders[id] === 0) this.#table.remove(id);
  }

  lengthOf(id: number): number {
    return this.#table.lengths[id]!;
  }

  write(id: number, sink: ByteSink): void {
    const { view, starts, lengths } = this.#table;
    const length = lengths[id]!;
    sink.reserve(length);
    copyBytes(view, starts[id]!, sink.view, sink.at, length);
    sink.at += length;
  }

  /** Texts that a body has once are asked for by {@link isFirst} from here on. */
  beginBody(): void {
    this.#body++;
  }

  /** True at the first call for a text in a body. */
  isFirst(id: number): boolean {
    if (this.#bodies[id] === this.#body) return false;
    this.#bodies[id] = this.#body;
    return true;
  }

  /** Scratch, all zero, for refs up to the highest of these; to be left all zero. */
  placesOfRefs(refs: Int32Array, others: Int32Array): Int32Array {
    let highest = 0;
    for (const ref of refs) highest = Math.max(highest, ref);
    for (const ref of others) highest = Math.max(highest, ref);
    if (highest >= this.#placesOfRefs.length) {
      this.#placesOfRefs = new Int32Array(Math.ceil((highest + 1) * 1.25));
    }
    return this.#placesOfRefs;
  }

  #fit(): void {
    const { length } = this.#table.starts;
    const holders = new Int32Array(length);
    const bodies = new Int32Array(length);
    holders.set(this.#holders);
    bodies.set(this.#bodies);
    this.#holders = holders;
    this.#bodies = bodies;
  }
}
