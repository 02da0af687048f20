import { type Labels, sortedLabels } from '../../model/labels.js';
import { labelTag, nameTag, valueTag, varintLength, writeVarint } from './label-fields.js';

/**
 * Labels as remote-write 1.0 bytes (repeated TimeSeries.labels, sorted), external labels included:
 * every output sends these, so they are encoded once, when a series is first seen.
 */
export class LabelEncoder {
  readonly #external: Labels;
  #scratch = Buffer.allocUnsafe(4096);

  /** External labels never overwrite a series' own (prometheus docs, configuration, external_labels). */
  constructor(external: Labels) {
    this.#external = external;
  }

  /** A view into a scratch buffer: valid until the next call. */
  encode(labels: Labels): Uint8Array {
    const all = this.#withExternal(labels);
    let needed = 0;
    for (const [name, value] of all) needed += 16 + 3 * (name.length + value.length);
    if (needed > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(needed * 2);
    let at = 0;
    for (const [name, value] of sortedLabels(all)) at = this.#writeLabel(at, name, value);
    return this.#scratch.subarray(0, at);
  }

  #withExternal(labels: Labels): Labels {
    if (this.#external.size === 0) return labels;
    const all = new Map(labels);
    for (const [name, value] of this.#external) if (!all.has(name)) all.set(name, value);
    return all;
  }

  #writeLabel(start: number, name: string, value: string): number {
    const nameBytes = Buffer.byteLength(name);
    const valueBytes = Buffer.byteLength(value);
    const inner = 2 + varintLength(nameBytes) + nameBytes + varintLength(valueBytes) + valueBytes;
    const out = this.#scratch;
    let at = start;
    out[at++] = labelTag;
    at = writeVarint(out, at, inner);
    out[at++] = nameTag;
    at = writeVarint(out, at, nameBytes);
    at += out.write(name, at);
    out[at++] = valueTag;
    at = writeVarint(out, at, valueBytes);
    return at + out.write(value, at);
  }
}
