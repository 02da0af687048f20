/** What rules look at and change. Two sets do it: a LabelOverlay, and a target in the making. */
export interface ChangeableLabels {
  /** The empty string when there is no such label. */
  get(name: string): string;
  /** An empty value deletes the label. */
  set(name: string, value: string): void;
  /**
   * The names that match now, in the order Prometheus walks them, which decides what `labelmap` reads
   * last and so which wins (model/labels, Builder): those of untouched labels by name, then those of set
   * labels in the order they were first set.
   *
   * @param matches the same function for the same question: its answers may be kept
   */
  matchingNames(matches: (name: string) => boolean): string[];
}
