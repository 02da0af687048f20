import { isText } from '../bytes.js';
import { NumberList } from './number-list.js';
import { type ProtoCursor, protoError } from './proto-cursor.js';

/** The enum MetricType. */
export const familyType = {
  counter: 0,
  gauge: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  gaugeHistogram: 5,
} as const;

const totalSuffix = '_total'.length;

/** The message MetricFamily without its metrics, of which it has the places only. */
export class FamilyHeader {
  /** Ranges of the body. */
  nameStart = 0;
  nameEnd = 0;
  helpStart = 0;
  helpEnd = 0;
  unitStart = 0;
  unitEnd = 0;
  /** A `familyType`. */
  type = 0;
  /** Ranges of the Metric messages. */
  readonly metrics = new NumberList();

  /** Reads the cursor's message. */
  read(cursor: ProtoCursor): void {
    this.nameStart = this.nameEnd = this.helpStart = this.helpEnd = 0;
    this.unitStart = this.unitEnd = this.type = this.metrics.count = 0;
    while (cursor.next()) this.#readField(cursor);
  }

  #readField(cursor: ProtoCursor): void {
    if (cursor.field === 3) {
      this.type = cursor.unsigned();
      return;
    }
    if (cursor.field > 5) {
      cursor.skip();
      return;
    }
    const end = cursor.length();
    const start = cursor.at;
    cursor.at = end;
    if (cursor.field === 1) {
      this.nameStart = start;
      this.nameEnd = end;
    } else if (cursor.field === 2) {
      this.helpStart = start;
      this.helpEnd = end;
    } else if (cursor.field === 5) {
      this.unitStart = start;
      this.unitEnd = end;
    } else {
      this.metrics.push(start);
      this.metrics.push(end);
    }
  }

  /** Throws for what Prometheus refuses in a family that has metrics (protobufparse.Next). */
  check(body: Uint8Array): void {
    const { nameStart, nameEnd, helpStart, helpEnd } = this;
    if (nameStart === nameEnd || !isText(body, nameStart, nameEnd)) {
      throw protoError(nameStart, 'a metric name that is not empty, in UTF-8');
    }
    if (!isText(body, helpStart, helpEnd)) throw protoError(helpStart, 'help in UTF-8');
    if (this.type > familyType.gaugeHistogram) throw protoError(nameStart, 'a type up to 5');
    if (!this.#unitFits(body)) throw protoError(this.unitStart, "a unit that is the name's suffix");
  }

  #unitFits(body: Uint8Array): boolean {
    const unitBytes = this.unitEnd - this.unitStart;
    if (unitBytes === 0) return true;
    const name = Buffer.from(body.buffer, body.byteOffset).toString(
      'latin1',
      this.nameStart,
      this.nameEnd,
    );
    const unit = Buffer.from(body.buffer, body.byteOffset).toString(
      'latin1',
      this.unitStart,
      this.unitEnd,
    );
    const isTotal = this.type === familyType.counter && name.endsWith('_total');
    return (isTotal ? name.slice(0, -totalSuffix) : name).endsWith(`_${unit}`);
  }
}
