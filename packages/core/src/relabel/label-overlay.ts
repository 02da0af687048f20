import { compareUtf8, type Labels } from '../model/labels.js';

/**
 * A label set with the changes made to it so far, in the order Prometheus' labels.Builder keeps them
 * (model/labels): which label `labelmap` reads last, and so which wins, hangs on that order. The set
 * beneath is never touched, and nothing is copied as long as nothing changes.
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

  /** A snapshot: the untouched labels by name, then the set ones in the order they were first set. */
  entries(): [name: string, value: string][] {
    const untouched = [...this.#base]
      .filter(([name]) => !this.#changes.has(name))
      .sort((a, b) => compareUtf8(a[0], b[0]));
    return [...untouched, ...[...this.#changes].filter(([, value]) => value !== '')];
  }

  /** The set as it is now: the given one itself when nothing was changed. */
  labels(): Labels {
    if (this.#changes.size === 0) return this.#base;
    const labels = new Map(this.#base);
    for (const [name, value] of this.#changes) {
      if (value === '') labels.delete(name);
      else labels.set(name, value);
    }
    return labels;
  }
}
