import { byte, isText } from '../bytes.js';
import { isBareLabelName } from '../series-text.js';
import { NumberList } from './number-list.js';
import { type ProtoCursor, protoError } from './proto-cursor.js';

/** Where the names and values of a metric's labels stand in the body. */
export class LabelRanges {
  /** Four for each label: start and end of the name, start and end of the value. */
  readonly ranges = new NumberList();
  /** True when all of them stand in a text exposition as they are: without quotes or escapes. */
  isPlain = true;

  /** Reads LabelPair messages, of which `messages` are the ranges. */
  read(cursor: ProtoCursor, messages: NumberList): void {
    this.ranges.count = 0;
    this.isPlain = true;
    for (let i = 0; i < messages.count; i += 2) {
      cursor.at = messages.values[i]!;
      cursor.end = messages.values[i + 1]!;
      this.#readPair(cursor);
    }
  }

  /** Throws for what Prometheus refuses in labels. */
  check(body: Uint8Array): void {
    const { values, count } = this.ranges;
    for (let i = 0; i < count; i += 4) {
      if (values[i] === values[i + 1]) {
        throw protoError(values[i]!, 'a label name that is not empty');
      }
      if (!isText(body, values[i]!, values[i + 1]!)) {
        throw protoError(values[i]!, 'a label name in UTF-8');
      }
      if (!isText(body, values[i + 2]!, values[i + 3]!)) {
        throw protoError(values[i + 2]!, 'a label value in UTF-8');
      }
    }
  }

  #readPair(cursor: ProtoCursor): void {
    let nameStart = cursor.at;
    let nameEnd = nameStart;
    let valueStart = nameStart;
    let valueEnd = nameStart;
    while (cursor.next()) {
      if (cursor.field > 2) {
        cursor.skip();
        continue;
      }
      const end = cursor.length();
      if (cursor.field === 1) {
        nameStart = cursor.at;
        nameEnd = end;
      } else {
        valueStart = cursor.at;
        valueEnd = end;
      }
      cursor.at = end;
    }
    this.ranges.push(nameStart);
    this.ranges.push(nameEnd);
    this.ranges.push(valueStart);
    this.ranges.push(valueEnd);
    this.isPlain &&=
      isBareLabelName(cursor.bytes, nameStart, nameEnd) &&
      isUnescaped(cursor.bytes, valueStart, valueEnd);
  }
}

/** Whether a label value needs no escapes. */
export function isUnescaped(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const b = bytes[i]!;
    if (b === byte.quote || b === byte.backslash || b === byte.newline) return false;
  }
  return true;
}
