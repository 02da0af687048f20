type Branch<Leaf> = Map<string, Branch<Leaf> | Leaf>;

/**
 * Leaves by the values of labels: maps inside maps. A look-up makes no key, and no two sets of labels
 * can have the same one.
 */
export class SeriesTree<Leaf extends object> {
  readonly #names: readonly string[];
  #root: Branch<Leaf> = new Map();

  /** One name at least. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  find(labels: Readonly<Record<string, string | number>>): Leaf | undefined {
    let at: Branch<Leaf> | Leaf | undefined = this.#root;
    for (let i = 0; i < this.#names.length && at !== undefined; i++) {
      at = (at as Branch<Leaf>).get(valueText(labels[this.#names[i]!]));
    }
    return at as Leaf | undefined;
  }

  add(labels: Readonly<Record<string, string | number>>, leaf: Leaf): void {
    let at = this.#root;
    const last = this.#names.length - 1;
    for (let i = 0; i < last; i++) {
      const value = valueText(labels[this.#names[i]!]);
      const next = (at.get(value) as Branch<Leaf> | undefined) ?? new Map();
      at.set(value, next);
      at = next;
    }
    at.set(valueText(labels[this.#names[last]!]), leaf);
  }

  remove(labels: Readonly<Record<string, string | number>>): void {
    const path = [this.#root];
    const values = this.#names.map((name) => valueText(labels[name]));
    for (const value of values.slice(0, -1)) {
      const next = path.at(-1)?.get(value);
      if (next === undefined) return;
      path.push(next as Branch<Leaf>);
    }
    for (let i = values.length - 1; i >= 0; i--) {
      path[i]?.delete(values[i]!);
      // A branch with nothing on it goes too.
      if (path[i]!.size > 0) return;
    }
  }
}

/** A label that is not there and one without a value are the same. */
export function valueText(value: string | number | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : String(value);
}
