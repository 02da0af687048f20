/**
 * Runs tasks one after another. Reading a file takes one of libuv's four threads, which are the
 * host's: however many file discoveries there are, together they hold at most one.
 */
export class SerialTasks {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
