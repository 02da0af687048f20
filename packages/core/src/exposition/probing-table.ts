/** A place of a table that holds no slot. */
export const empty = -1;

/**
 * Takes a slot out of an open-addressing table with linear probing, without a tombstone: entries
 * behind the hole that may stand there move up. `hashes` are those of the slots' keys.
 */
export function unlink(table: Int32Array, hashes: Int32Array, slot: number): void {
  const mask = table.length - 1;
  let hole = hashes[slot]! & mask;
  while (table[hole] !== slot) hole = (hole + 1) & mask;
  let place = hole;
  for (;;) {
    place = (place + 1) & mask;
    const next = table[place]!;
    if (next === empty) break;
    const home = hashes[next]! & mask;
    if (((place - home) & mask) < ((place - hole) & mask)) continue;
    table[hole] = next;
    hole = place;
  }
  table[hole] = empty;
}
