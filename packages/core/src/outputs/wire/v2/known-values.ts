import { pinned, type ValueTemplate, zeroBytesOf } from './value-template.js';

/**
 * What the templates of a layout knew of their values, by series: the next layout has most series of the
 * one before, and need not learn again what of them does not change.
 */
export class KnownValues {
  readonly #templates: readonly ValueTemplate[];
  /** By ref: which template, and where in it. */
  readonly #places = new Map<number, { template: ValueTemplate; at: number }>();

  /** @param refs of all their samples, in their order */
  constructor(refs: Int32Array, templates: readonly ValueTemplate[]) {
    this.#templates = templates;
    let from = 0;
    for (const template of templates) {
      for (let at = 0; at < template.samples; at++) {
        this.#places.set(refs[from + at]!, { template, at });
      }
      from += template.samples;
    }
  }

  /** Low bytes that are always zero, or `pinned`, of samples that have these values now. */
  of(refs: Int32Array, values: Float64Array): Uint8Array {
    return Uint8Array.from(values, (value, i) => {
      const place = this.#places.get(refs[i]!);
      const zeros = zeroBytesOf(value);
      if (place === undefined) return zeros;
      const known = place.template.known[place.at]!;
      if (known !== pinned) return Math.min(known, zeros);
      return Object.is(value, place.template.values[place.at]!) ? pinned : zeros;
    });
  }

  /** The template counts on where these ended. */
  passOn(template: ValueTemplate): void {
    const [first] = this.#templates;
    if (first !== undefined) template.goOn(first);
  }
}
