/**
 * Which thread scrapes which target. Sticky: a target stays where it is until it goes; a new one goes
 * to the thread with the fewest.
 */
export class Assignment {
  readonly #slotOf = new Map<string, number>();
  readonly #counts: number[];

  constructor(slots: number) {
    this.#counts = new Array<number>(slots).fill(0);
  }

  slotOf(targetId: string): number | undefined {
    return this.#slotOf.get(targetId);
  }

  assign(targetId: string): number {
    const known = this.#slotOf.get(targetId);
    if (known !== undefined) return known;
    const slot = this.#counts.indexOf(Math.min(...this.#counts));
    this.#slotOf.set(targetId, slot);
    this.#counts[slot]!++;
    return slot;
  }

  release(targetId: string): void {
    const slot = this.#slotOf.get(targetId);
    if (slot === undefined) return;
    this.#slotOf.delete(targetId);
    this.#counts[slot]!--;
  }
}
