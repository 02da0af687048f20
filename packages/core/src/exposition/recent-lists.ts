const mostLists = 16;
// A longer one costs its target much more than this.
const longest = 16_384;

/**
 * Lists of slots or refs that were kept last in this thread: targets of one kind show the same series
 * in the same order, and hold one list for all. Nobody writes to it.
 */
class RecentLists {
  readonly #lists: Int32Array<ArrayBuffer>[] = [];

  /** The first `count` as an array that others may hold, too. */
  shared(values: Int32Array, count: number): Int32Array<ArrayBuffer> {
    const known = this.#lists.find((list) => equals(list, values, count));
    if (known !== undefined) return known;
    const list = new Int32Array(values.subarray(0, count));
    if (count > longest) return list;
    this.#lists.push(list);
    if (this.#lists.length > mostLists) this.#lists.shift();
    return list;
  }
}

function equals(list: Int32Array, values: Int32Array, count: number): boolean {
  if (list.length !== count) return false;
  for (let i = 0; i < count; i++) if (list[i] !== values[i]) return false;
  return true;
}

export const recentLists = new RecentLists();
