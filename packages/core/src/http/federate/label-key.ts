import type { BinaryLabels } from './label-bytes.js';

/*
 * A key is `name NUL value NUL` of each label but the metric's name, as a binary string: keys compare
 * as the label sets do, label by label. So that this holds for labels with a NUL in them, NUL is
 * written as 01 02 and 01 as 01 03.
 */

const nameLabel = Buffer.from('__name__');
const nul = 0;
const escapeByte = 1;

/** Makes keys; one that is flat compares several times faster than one put together from pieces. */
export class LabelKeys {
  #scratch = Buffer.alloc(4096);
  #length = 0;

  keyOf(labels: BinaryLabels): string {
    this.#length = 0;
    labels.forEachSpan((bytes, nameStart, nameEnd, valueStart, valueEnd) => {
      // No value means no label.
      if (valueStart === valueEnd || isNameLabel(bytes, nameStart, nameEnd)) return;
      this.#add(bytes, nameStart, nameEnd);
      this.#add(bytes, valueStart, valueEnd);
    });
    return this.#scratch.toString('latin1', 0, this.#length);
  }

  #add(bytes: Uint8Array, start: number, end: number): void {
    const most = this.#length + 2 * (end - start) + 1;
    if (most > this.#scratch.length) {
      this.#scratch = Buffer.concat([this.#scratch], Math.max(most, 2 * this.#scratch.length));
    }
    const scratch = this.#scratch;
    let length = this.#length;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte <= escapeByte) {
        scratch[length++] = escapeByte;
        scratch[length++] = byte === nul ? 2 : 3;
      } else scratch[length++] = byte;
    }
    scratch[length++] = nul;
    this.#length = length;
  }
}

/** The labels of a key, as `[name, value]`. */
export function labelsOfKey(key: string): [name: string, value: string][] {
  const parts = key.split('\0');
  const labels: [string, string][] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    labels.push([unescaped(parts[i] ?? ''), unescaped(parts[i + 1] ?? '')]);
  }
  return labels;
}

function isNameLabel(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== nameLabel.length) return false;
  for (let i = 0; i < nameLabel.length; i++) if (bytes[start + i] !== nameLabel[i]) return false;
  return true;
}

function unescaped(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replaceAll('\x01\x02', '\0').replaceAll('\x01\x03', '\x01');
}
