import { SeriesTree } from '../../self/native-histogram/series-tree.js';

export type Labels = Readonly<Record<string, string>>;

/**
 * Sets of labels by small numbers from 1 on. Numbers of sets that were removed are used again.
 * No two sets share a key, whatever characters their values have.
 */
export class LabelTable {
  /** Behind every set: a tree needs one name at least. */
  readonly #tree: SeriesTree<{ readonly id: number }>;
  readonly #most: number;
  readonly #labels: (Labels | undefined)[] = [undefined];
  readonly #freeIds: number[] = [];

  /** `most`: how many there may be at a time. */
  constructor(names: readonly string[], most: number) {
    this.#tree = new SeriesTree(['', ...names]);
    this.#most = most;
  }

  /** The highest number in use so far. */
  get last(): number {
    return this.#labels.length - 1;
  }

  /** 0 where the set is not there. */
  find(labels: Labels): number {
    return this.#tree.find(labels)?.id ?? 0;
  }

  /** The number of a set that is not there yet; 0 where there are too many. */
  add(labels: Labels): number {
    if (this.#freeIds.length === 0 && this.last >= this.#most) return 0;
    const id = this.#freeIds.pop() ?? this.#labels.length;
    this.#labels[id] = labels;
    this.#tree.add(labels, { id });
    return id;
  }

  labelsOf(id: number): Labels | undefined {
    return this.#labels[id];
  }

  remove(id: number): void {
    const labels = this.#labels[id];
    if (labels === undefined) return;
    this.#tree.remove(labels);
    this.#labels[id] = undefined;
    this.#freeIds.push(id);
  }

  clear(): void {
    for (let id = 1; id <= this.last; id++) this.remove(id);
    this.#labels.length = 1;
    this.#freeIds.length = 0;
  }
}
