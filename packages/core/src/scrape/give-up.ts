/**
 * Ends what a target has under way. An AbortSignal for one listener, because a scrape would pay more
 * to add and remove one than it pays for its request (bench: scrape).
 */
export class GiveUp {
  #isGivenUp = false;
  #listener: (() => void) | undefined;

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Replaces the listener before. */
  listen(listener: () => void): void {
    this.#listener = listener;
  }

  unlisten(): void {
    this.#listener = undefined;
  }

  now(): void {
    this.#isGivenUp = true;
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.();
  }
}
