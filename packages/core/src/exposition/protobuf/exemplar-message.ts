import { readTimestampMs } from './metric-message.js';
import { ProtoCursor } from './proto-cursor.js';

/** The message Exemplar; its labels are decoded by decodeProtoExemplarLabels where somebody asks. */
export class ExemplarMessage {
  start = 0;
  end = 0;
  value = 0;
  /** NaN where it has none. */
  timestampMs = NaN;

  /** Reads the cursor's message. */
  read(cursor: ProtoCursor): void {
    this.start = cursor.at;
    this.end = cursor.end;
    this.value = 0;
    this.timestampMs = NaN;
    while (cursor.next()) {
      if (cursor.field === 2) this.value = cursor.double();
      else if (cursor.field === 3) this.timestampMs = readTimestampMs(cursor);
      else cursor.skip();
    }
  }
}

/** The labels of an Exemplar message. */
export function decodeProtoExemplarLabels(message: Uint8Array): [name: string, value: string][] {
  const labels: [string, string][] = [];
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const cursor = new ProtoCursor();
  cursor.begin(message, message.length);
  while (cursor.next()) {
    if (cursor.field !== 1) {
      cursor.skip();
      continue;
    }
    const pair: [string, string] = ['', ''];
    const outer = cursor.enter();
    while (cursor.next()) {
      if (cursor.field > 2) {
        cursor.skip();
        continue;
      }
      const end = cursor.length();
      pair[cursor.field - 1] = utf8.decode(message.subarray(cursor.at, end));
      cursor.at = end;
    }
    cursor.leave(outer);
    labels.push(pair);
  }
  return labels;
}
