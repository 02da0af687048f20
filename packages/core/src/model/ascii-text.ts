/** Whether the bytes at a place are those of a text in ASCII. */
export function isAsciiAt(text: string, bytes: Uint8Array, place: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[place + i]) return false;
  }
  return true;
}

export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
