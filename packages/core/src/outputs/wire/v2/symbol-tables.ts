import { SymbolTable, symbolBytes } from './symbol-table.js';

/**
 * Every request carries its whole table, so the targets of a table should have most symbols in common:
 * the ones after the first may add a thirty-second. Small tables cost little whatever is in them.
 */
const shareOfOthers = 1 / 32;
const smallBytes = 8 * 1024;
/** A table whose targets brought so many times what they began with is left behind. */
const mostGrowth = 2;
/** How many tables are looked at for a new target: with more kinds than this each goes alone. */
const mostCandidates = 16;

/** The tables of an output in one thread: which target refers to which. */
export class SymbolTables {
  readonly #tables: SymbolTable[] = [];

  get memoryBytes(): number {
    return this.#tables.reduce((sum, table) => sum + table.memoryBytes, 0);
  }

  /** The table for a target that has these symbols, all of which are in it then. */
  join(symbols: ReadonlySet<string>): SymbolTable {
    let best: SymbolTable | undefined;
    let least = Infinity;
    for (const table of this.#tables.slice(-mostCandidates)) {
      const missing = missingBytes(table, symbols);
      if (missing < least && hasRoom(table, missing)) {
        best = table;
        least = missing;
      }
    }
    const table = best ?? this.#create();
    for (const symbol of symbols) table.refOf(symbol);
    if (table.targets++ === 0) table.firstBytes = table.bytes;
    return table;
  }

  /** Its targets brought so much that they should {@link leave} and join anew. */
  isOutgrown(table: SymbolTable): boolean {
    return table.bytes > Math.max(smallBytes, table.firstBytes) * mostGrowth;
  }

  leave(table: SymbolTable): void {
    if (--table.targets === 0) this.#tables.splice(this.#tables.indexOf(table), 1);
  }

  #create(): SymbolTable {
    const table = new SymbolTable();
    this.#tables.push(table);
    return table;
  }
}

function hasRoom(table: SymbolTable, missing: number): boolean {
  const most = Math.max(smallBytes, table.firstBytes * (1 + shareOfOthers));
  return table.bytes + missing <= most;
}

function missingBytes(table: SymbolTable, symbols: ReadonlySet<string>): number {
  let missing = 0;
  for (const symbol of symbols) if (!table.has(symbol)) missing += symbolBytes(symbol.length);
  return missing;
}
