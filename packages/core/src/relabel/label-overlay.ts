import { compareUtf8, type Labels } from '../model/labels.js';

/**
 * A label set with the changes made to it so far. The set beneath is never touched, and nothing is copied
 * as long as nothing changes.
 */
export class LabelOverlay {
  #base: Labels = new Map();
  // An empty value stands for a deleted label.
  readonly #changes = new Map<string, string>();

  reset(base: Labels): void {
    this.#base = base;
    if (this.#changes.size > 0) this.#changes.clear();
  }

  /** The empty string when there is no such label. */
  get(name: string): string {
    if (this.#changes.size > 0) {
      const changed = this.#changes.get(name);
      if (changed !== undefined) return changed;
    }
    return this.#base.get(name) ?? '';
  }

  /** An empty value deletes the label. */
  set(name: string, value: string): void {
    // A deleted label that comes back stands last; one that only changes keeps its place.
    if (value === '' || this.#changes.get(name) === '') this.#changes.delete(name);
    this.#changes.set(name, value);
  }

  /**
   * The names that match now, in the order Prometheus walks them, which decides what `labelmap` reads
   * last and so which wins (model/labels, Builder): those of untouched labels by name, then those of set
   * labels in the order they were first set.
   */
  matchingNames(matches: (name: string) => boolean): string[] {
    const names: string[] = [];
    for (const name of this.#base.keys()) {
      if (!this.#changes.has(name) && matches(name)) names.push(name);
    }
    if (names.length > 1) names.sort(compareUtf8);
    this.#changes.forEach((value, name) => {
      if (value !== '' && matches(name)) names.push(name);
    });
    return names;
  }

  /** The set as it is now: the given one itself when nothing was changed. */
  labels(): Labels {
    if (this.#changes.size === 0) return this.#base;
    const labels = new Map(this.#base);
    // Not for-of, which makes an array for each label.
    this.#changes.forEach((value, name) => {
      if (value === '') labels.delete(name);
      else labels.set(name, value);
    });
    return labels;
  }
}
