import type { Labels } from './labels.js';

/** The names of a label set in their order: one object for all sets that have them in this order. */
export class LabelNames {
  readonly list: readonly string[];
  #places: Map<string, number> | undefined;
  // Most often the next name is the one that came last time.
  #lastName = '';
  #last: LabelNames | undefined;
  #others: Map<string, LabelNames> | undefined;

  constructor(list: readonly string[] = []) {
    this.list = list;
  }

  /** These names and one that is not among them. */
  and(name: string): LabelNames {
    if (this.#last !== undefined && this.#lastName === name) return this.#last;
    this.#others ??= new Map();
    let names = this.#others.get(name);
    if (names === undefined) {
      names = new LabelNames([...this.list, name]);
      this.#others.set(name, names);
    }
    this.#lastName = name;
    this.#last = names;
    return names;
  }

  /** What {@link and} gave last; undefined before. */
  get last(): LabelNames | undefined {
    return this.#last;
  }

  /** For which name. */
  get lastName(): string {
    return this.#lastName;
  }

  placeOf(name: string): number | undefined {
    this.#places ??= new Map(this.list.map((one, i) => [one, i]));
    return this.#places.get(name);
  }
}

/** A list of values: an array, or what many label sets have in common. */
export interface LabelValues {
  at(place: number): string | undefined;
}

/**
 * Labels in a quarter of a Map's memory, for those that are kept by the ten thousand: what the garbage
 * collector has to copy while they come is time of the host's event loop.
 */
export class CompactLabels implements Labels {
  readonly names: LabelNames;
  /** Where the values stand, from {@link start} on. */
  readonly source: LabelValues;
  readonly start: number;

  /** @param values from `start` on as many as names */
  constructor(names: LabelNames, values: LabelValues, start = 0) {
    this.names = names;
    this.source = values;
    this.start = start;
  }

  get size(): number {
    return this.names.list.length;
  }

  get(name: string): string | undefined {
    const place = this.names.placeOf(name);
    return place === undefined ? undefined : this.at(place);
  }

  has(name: string): boolean {
    return this.names.placeOf(name) !== undefined;
  }

  /** The value of the name that stands at a place of {@link LabelNames.list}. */
  at(place: number): string {
    return this.source.at(this.start + place)!;
  }

  forEach(callback: (value: string, name: string, labels: Labels) => void): void {
    const { list } = this.names;
    for (let i = 0; i < list.length; i++) callback(this.at(i), list[i]!, this);
  }

  keys(): MapIterator<string> {
    return this.names.list.values();
  }

  values(): MapIterator<string> {
    return this.names.list.map((_, i) => this.at(i)).values();
  }

  entries(): MapIterator<[string, string]> {
    return this.names.list.map((name, i): [string, string] => [name, this.at(i)]).values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }
}
