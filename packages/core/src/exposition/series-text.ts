import { byte, byteClass, classOf, labelRest, nameRest, nameStart } from './bytes.js';

/** Bytes that grow: what a series or a comment would look like in the text format. */
export class SeriesText {
  bytes = new Uint8Array(256);
  view = new DataView(this.bytes.buffer);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(b: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = b;
  }

  addAscii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  addBytes(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    for (let i = start; i < end; i++) bytes[at++] = from[i]!;
    this.length = at;
  }

  /** Adds with backslash, quote and newline escaped. */
  addEscaped(from: Uint8Array, start: number, end: number): void {
    this.#reserve(2 * (end - start));
    const { bytes } = this;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const b = from[i]!;
      if (b === byte.backslash || b === byte.quote || b === byte.newline) {
        bytes[at++] = byte.backslash;
        bytes[at++] = b === byte.newline ? byte.lowerN : b;
      } else bytes[at++] = b;
    }
    this.length = at;
  }

  addQuoted(from: Uint8Array, start: number, end: number): void {
    this.add(byte.quote);
    this.addEscaped(from, start, end);
    this.add(byte.quote);
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** Whether the text formats take a metric name without quotes. */
export function isBareMetricName(bytes: Uint8Array, start: number, end: number): boolean {
  return isBare(bytes, start, end, nameStart, nameRest);
}

/** Whether they take a label name without quotes. */
export function isBareLabelName(bytes: Uint8Array, start: number, end: number): boolean {
  return isBare(bytes, start, end, byteClass.letter, labelRest);
}

function isBare(bytes: Uint8Array, start: number, end: number, first: number, rest: number) {
  if (start === end || (classOf[bytes[start]!]! & first) === 0) return false;
  for (let i = start + 1; i < end; i++) if ((classOf[bytes[i]!]! & rest) === 0) return false;
  return true;
}

/** The text of a series with these labels, `__name__` first. */
export function encodeSeries(
  labels: readonly (readonly [name: string, value: string])[],
): Uint8Array {
  const [[, name] = ['', ''], ...rest] = labels;
  const isBare = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  const pairs = rest.map(([label, value]) => {
    const isBareLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label);
    return `${isBareLabel ? label : quoted(label)}=${quoted(value)}`;
  });
  if (!isBare) pairs.unshift(quoted(name));
  const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return new TextEncoder().encode(`${isBare ? name : ''}${braces}`);
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
}
