// RFC 1035, 2.3.4.
const longestLabelBytes = 63;
const longestNameBytes = 255;
/** Written with a backslash before it in a master file (RFC 1035, 5.1), and so in a label's value. */
const escapedCharacters = '. \'@;()"\\';

/** A name as it is read from a message, with its final dot, and where the message goes on. */
export interface ReadName {
  readonly name: string;
  readonly next: number;
}

/** The wire form of a written name. Throws an Error when a label or the name is too long or empty. */
export function encodeName(name: string): Buffer {
  const labels = splitName(name);
  const parts: Buffer[] = [];
  for (const label of labels) {
    if (label.length === 0) throw new Error(`${JSON.stringify(name)} has an empty label`);
    if (label.length > longestLabelBytes) {
      throw new Error(
        `${JSON.stringify(name)} has a label of more than ${longestLabelBytes} bytes`,
      );
    }
    parts.push(Buffer.of(label.length), label);
  }
  parts.push(Buffer.of(0));
  const wire = Buffer.concat(parts);
  if (wire.length > longestNameBytes) {
    throw new Error(`${JSON.stringify(name)} is longer than ${longestNameBytes} bytes`);
  }
  return wire;
}

/** Whether a written name ends at the root, so that no search domain may follow it. */
export function isAbsolute(name: string): boolean {
  const backslashes = /(\\*)\.$/.exec(name)?.[1];
  return backslashes !== undefined && backslashes.length % 2 === 0;
}

/** How many labels a written name has. */
export function countLabels(name: string): number {
  return splitName(name).length;
}

/** The labels' bytes; `\.` and `\046` stand for a dot within a label. The root has none. */
function splitName(name: string): Buffer[] {
  if (name === '.' || name === '') return [];
  const labels: Buffer[] = [];
  let label: Buffer[] = [];
  for (const [part] of name.matchAll(/\\\d{3}|\\.|[^\\.]+|\./gsu)) {
    if (part === '.') {
      labels.push(Buffer.concat(label));
      label = [];
    } else if (part[0] === '\\') {
      const isCode = part.length === 4;
      label.push(isCode ? Buffer.of(Number(part.slice(1)) & 0xff) : Buffer.from(part.slice(1)));
    } else {
      label.push(Buffer.from(part));
    }
  }
  if (!isAbsolute(name)) labels.push(Buffer.concat(label));
  return labels;
}

/** Reads a name, following compression (RFC 1035, 4.1.4). Throws an Error on whatever is no name. */
export function readName(message: Buffer, start: number): ReadName {
  let name = '';
  let at = start;
  let next: number | undefined;
  let bytes = 0;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) break;
    if (length >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      next ??= at + 2;
      // Backwards only: a pointer forward or to itself could go round for ever.
      if (target >= at) throw new Error('a compressed name does not point backwards');
      at = target;
      continue;
    }
    if (length > longestLabelBytes) throw new Error('a name has a label of an unknown kind');
    bytes += length + 1;
    if (bytes >= longestNameBytes) throw new Error('a name is too long');
    if (at + 1 + length > message.length) throw new Error('a name goes on past the message');
    name += `${labelText(message.subarray(at + 1, at + 1 + length))}.`;
    at += 1 + length;
  }
  return { name: name === '' ? '.' : name, next: next ?? at + 1 };
}

function labelText(label: Buffer): string {
  let text = '';
  for (const byte of label) {
    const character = String.fromCharCode(byte);
    if (escapedCharacters.includes(character)) text += `\\${character}`;
    else if (byte < 0x20 || byte > 0x7e) text += `\\${String(byte).padStart(3, '0')}`;
    else text += character;
  }
  return text;
}
