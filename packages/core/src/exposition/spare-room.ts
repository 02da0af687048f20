import { SlotColumns } from './slot-columns.js';

const mostSpares = 2;
// A larger body costs much more than its arrays.
const largestBytes = 256 * 1024;

/**
 * The large arrays that first bodies were read into, before what came of it was copied into smaller
 * ones: the next first body of the thread takes them again. What is in them is left over.
 */
class SpareRoom {
  readonly #arenas: Uint8Array<ArrayBuffer>[] = [];
  readonly #columns: SlotColumns[] = [];

  arena(bytes: number): Uint8Array<ArrayBuffer> {
    return taken(this.#arenas, bytes) ?? new Uint8Array(bytes);
  }

  columns(slots: number): SlotColumns {
    return taken(this.#columns, slots) ?? new SlotColumns(slots);
  }

  giveArena(arena: Uint8Array<ArrayBuffer>): void {
    if (arena.length <= largestBytes) keep(this.#arenas, arena);
  }

  giveColumns(columns: SlotColumns): void {
    if (columns.byteLength <= largestBytes) keep(this.#columns, columns);
  }
}

function taken<T extends { readonly length: number }>(spares: T[], length: number): T | undefined {
  const last = spares.at(-1);
  return last !== undefined && last.length >= length ? spares.pop() : undefined;
}

/** The largest last. */
function keep<T extends { readonly length: number }>(spares: T[], one: T): void {
  const last = spares.at(-1);
  if (last === undefined || last.length <= one.length) spares.push(one);
  else spares.unshift(one);
  if (spares.length > mostSpares) spares.shift();
}

/** One per thread: whoever takes an array has it alone. */
export const spareRoom = new SpareRoom();
