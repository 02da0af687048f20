import { messageOf } from '../../errors.js';

/** Whether the disk takes what a queue writes; tells when that changes. */
export class DiskState {
  readonly #changed: (error: string | undefined) => void;
  #error: string | undefined;

  /** @param changed why it takes nothing; undefined: it takes writes again */
  constructor(changed: (error: string | undefined) => void) {
    this.#changed = changed;
  }

  get isPaused(): boolean {
    return this.#error !== undefined;
  }

  /** What the file system says becomes the state. */
  try(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    this.#set(messageOf(error));
  }

  works(): void {
    this.#set(undefined);
  }

  #set(error: string | undefined): void {
    const isChange = (error === undefined) !== (this.#error === undefined);
    if (isChange) this.#error = error;
    if (isChange) this.#changed(error);
  }
}
