const firstLength = 32;

/**
 * Slot, load and interval of each target. Of ten thousand that come at once an object each would be a tenth of what
 * the garbage collector has to copy while the host's event loop waits; numbers outside of the JS heap are none.
 */
export class AssignedTargets {
  /** Places in the arrays. */
  readonly #places = new Map<string, number>();
  /** Places of targets that are gone. */
  readonly #free: number[] = [];
  #slots = new Uint16Array(firstLength);
  #loads = new Float64Array(firstLength);
  #intervalsMs = new Float64Array(firstLength);

  get size(): number {
    return this.#places.size;
  }

  get ids(): Iterable<string> {
    return this.#places.keys();
  }

  slotOf(targetId: string): number | undefined {
    const place = this.#places.get(targetId);
    return place === undefined ? undefined : this.#slots[place];
  }

  /** 0 for one that is not there. */
  loadOf(targetId: string): number {
    const place = this.#places.get(targetId);
    return place === undefined ? 0 : this.#loads[place]!;
  }

  /** 0 for one that is not there. */
  intervalMsOf(targetId: string): number {
    const place = this.#places.get(targetId);
    return place === undefined ? 0 : this.#intervalsMs[place]!;
  }

  set(targetId: string, slot: number, load: number, intervalMs: number): void {
    const place = this.#places.get(targetId) ?? this.#newPlace(targetId);
    this.#slots[place] = slot;
    this.#loads[place] = load;
    this.#intervalsMs[place] = intervalMs;
  }

  delete(targetId: string): void {
    const place = this.#places.get(targetId);
    if (place === undefined) return;
    this.#places.delete(targetId);
    this.#free.push(place);
  }

  #newPlace(targetId: string): number {
    const place = this.#free.pop() ?? this.#places.size;
    if (place === this.#slots.length) this.#grow();
    this.#places.set(targetId, place);
    return place;
  }

  #grow(): void {
    const length = this.#slots.length * 2;
    const slots = new Uint16Array(length);
    slots.set(this.#slots);
    this.#slots = slots;
    const loads = new Float64Array(length);
    loads.set(this.#loads);
    this.#loads = loads;
    const intervalsMs = new Float64Array(length);
    intervalsMs.set(this.#intervalsMs);
    this.#intervalsMs = intervalsMs;
  }
}
