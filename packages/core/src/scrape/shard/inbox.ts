/**
 * Messages in their order, where one may have to wait for something: then those behind it wait, too.
 */
export class Inbox<Message> {
  readonly #prepare: (message: Message) => Promise<void> | undefined;
  readonly #take: (message: Message) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: Message[] | undefined;

  /**
   * @param prepare undefined: the message can be taken at once
   * @param failed a message could not be prepared, and is left out
   */
  constructor(
    prepare: (message: Message) => Promise<void> | undefined,
    take: (message: Message) => void,
    failed: (error: unknown) => void,
  ) {
    this.#prepare = prepare;
    this.#take = take;
    this.#failed = failed;
  }

  receive(message: Message): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(message);
      return;
    }
    const prepared = this.#prepare(message);
    if (prepared === undefined) this.#take(message);
    else {
      this.#waiting = [];
      void this.#wait(message, prepared);
    }
  }

  async #wait(message: Message, prepared: Promise<void>): Promise<void> {
    const isPrepared = await prepared.then(
      () => true,
      (error: unknown) => {
        this.#failed(error);
        return false;
      },
    );
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (isPrepared) this.#take(message);
    for (const next of waiting) this.receive(next);
  }
}
