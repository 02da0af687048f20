import {
  escapeQuoted,
  floatText,
  labelNameText,
  seriesText,
} from '../../exposition/render/text-format.js';
import type { SelectedSample } from './federated-families.js';
import { labelsOfKey } from './label-key.js';

/** One message to the main thread and one write to a socket. */
const blockBytes = 65_536;

/** Writes the lines of one metric name, a binary string as all of them. */
export class FamilyWriter {
  readonly #name: string;
  #text = '';

  constructor(name: string) {
    this.#name = name;
  }

  get empty(): boolean {
    return this.#text === '';
  }

  get full(): boolean {
    return this.#text.length >= blockBytes;
  }

  add({ key, value, timestampMs }: SelectedSample): void {
    const labels = labelsOfKey(key);
    // Else the federating server would put its own target's instance there (web/federate.go).
    if (!labels.some(([name]) => name === 'instance')) labels.push(['instance', '']);
    const pairs = labels
      .map(([name, labelValue]) => `${labelNameText(name)}="${escapeQuoted(labelValue)}"`)
      .join(',');
    this.#text += `${seriesText(this.#name, pairs)} ${floatText(value, false)} ${timestampMs}\n`;
  }

  take(): Uint8Array {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    return bytes;
  }
}
