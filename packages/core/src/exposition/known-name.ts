import { nameRest, skip } from './bytes.js';

/** Where a metric name stands in a body: the lines of a family repeat it. */
export class KnownName {
  #start = 0;
  #end = 0;

  clear(): void {
    this.#end = this.#start;
  }

  /**
   * End of the metric name at `start`, whose first byte may begin one. As far as its bytes are those of
   * the name before, four at a time, none has to be looked at.
   */
  endOfNext(body: Uint8Array, view: DataView, start: number, length: number): number {
    const shift = start - this.#start;
    const last = Math.min(this.#end, length - shift) - 4;
    let at = this.#start;
    while (at <= last && view.getInt32(at, true) === view.getInt32(at + shift, true)) at += 4;
    const end = skip(body, at + shift, length, nameRest);
    this.#start = start;
    this.#end = end;
    return end;
  }
}
