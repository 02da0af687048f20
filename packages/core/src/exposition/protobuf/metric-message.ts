import { NumberList } from './number-list.js';
import { type ProtoCursor, wireType } from './proto-cursor.js';

/** Where a Metric holds what belongs to a type. */
export const valueFields = { gauge: 2, counter: 3, summary: 4, untyped: 5, histogram: 7 } as const;

/**
 * The message Metric of client_model's metrics.proto, decoded into columns that are filled again for
 * each one. What a message leaves out is zero, as in proto3; what comes twice is merged.
 *
 * Ranges are pairs of offsets into the body: labels and exemplars are read where they are used.
 */
export class MetricMessage {
  /** Ranges of the LabelPair messages. */
  readonly labels = new NumberList();
  /** 0: the sample has no time of its own. */
  timestampMs = 0;
  /** Of a gauge, a counter or an untyped metric. */
  value = 0;
  /** NaN where the metric does not tell. */
  createdMs = NaN;
  /** Of a summary or a histogram. */
  count = 0;
  countFloat = 0;
  sum = 0;
  /** The quantiles of a summary or the upper bounds of a classic histogram, and what belongs to them. */
  readonly bounds = new NumberList();
  readonly boundValues = new NumberList();
  /** Ranges, 0 and 0 for none: the counter's one exemplar, or one for each bucket. */
  readonly exemplars = new NumberList();
  /** The same of the native histogram, which may have any number. */
  readonly nativeExemplars = new NumberList();
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  zeroCountFloat = 0;
  /** Offset and length of each span. */
  readonly positiveSpans = new NumberList();
  readonly negativeSpans = new NumberList();
  /** Of an integer histogram: each bucket's difference to the one before. */
  readonly positiveDeltas = new NumberList();
  readonly negativeDeltas = new NumberList();
  /** Of a float histogram. */
  readonly positiveCounts = new NumberList();
  readonly negativeCounts = new NumberList();

  /** Whether it is to be read as a native histogram (protobufparse.isNativeHistogram). */
  get isNative(): boolean {
    return (
      this.positiveSpans.count > 0 ||
      this.negativeSpans.count > 0 ||
      this.zeroThreshold > 0 ||
      this.zeroCount > 0
    );
  }

  /** Reads the cursor's message; of the values only that of the family's type (`valueFields`). */
  read(cursor: ProtoCursor, valueField: number): void {
    this.#reset();
    while (cursor.next()) {
      if (cursor.field === 1) pushRange(cursor, this.labels);
      else if (cursor.field === 6) this.timestampMs = cursor.signed();
      else if (cursor.field === valueField) this.#readTyped(cursor);
      else cursor.skip();
    }
  }

  #readTyped(cursor: ProtoCursor): void {
    if (cursor.field === valueFields.histogram) this.#readHistogram(cursor);
    else if (cursor.field === valueFields.summary) this.#readSummary(cursor);
    else if (cursor.field === valueFields.counter) this.#readCounter(cursor);
    else this.#readValue(cursor);
  }

  #reset(): void {
    this.timestampMs = this.value = this.count = this.countFloat = this.sum = 0;
    this.createdMs = NaN;
    this.schema = this.zeroThreshold = this.zeroCount = this.zeroCountFloat = 0;
    this.labels.count = this.bounds.count = this.boundValues.count = 0;
    this.exemplars.count = this.nativeExemplars.count = 0;
    this.positiveSpans.count = this.negativeSpans.count = 0;
    this.positiveDeltas.count = this.negativeDeltas.count = 0;
    this.positiveCounts.count = this.negativeCounts.count = 0;
  }

  /** Gauge and Untyped. */
  #readValue(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    while (cursor.next()) {
      if (cursor.field === 1) this.value = cursor.double();
      else cursor.skip();
    }
    cursor.leave(outer);
  }

  #readCounter(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    while (cursor.next()) {
      if (cursor.field === 1) this.value = cursor.double();
      else if (cursor.field === 2) {
        this.exemplars.count = 0;
        pushRange(cursor, this.exemplars);
      } else if (cursor.field === 3) this.createdMs = readTimestampMs(cursor);
      else cursor.skip();
    }
    cursor.leave(outer);
  }

  #readSummary(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    while (cursor.next()) {
      if (cursor.field === 1) this.count = cursor.unsigned();
      else if (cursor.field === 2) this.sum = cursor.double();
      else if (cursor.field === 3) this.#readQuantile(cursor);
      else if (cursor.field === 4) this.createdMs = readTimestampMs(cursor);
      else cursor.skip();
    }
    cursor.leave(outer);
  }

  #readQuantile(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    let quantile = 0;
    let value = 0;
    while (cursor.next()) {
      if (cursor.field === 1) quantile = cursor.double();
      else if (cursor.field === 2) value = cursor.double();
      else cursor.skip();
    }
    cursor.leave(outer);
    this.bounds.push(quantile);
    this.boundValues.push(value);
  }

  #readBucket(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    let bound = 0;
    let count = 0;
    let countFloat = 0;
    const before = this.exemplars.count;
    while (cursor.next()) {
      if (cursor.field === 1) count = cursor.unsigned();
      else if (cursor.field === 2) bound = cursor.double();
      else if (cursor.field === 3) {
        this.exemplars.count = before;
        pushRange(cursor, this.exemplars);
      } else if (cursor.field === 4) countFloat = cursor.double();
      else cursor.skip();
    }
    cursor.leave(outer);
    this.bounds.push(bound);
    this.boundValues.push(countFloat === 0 ? count : countFloat);
    if (this.exemplars.count > before) return;
    this.exemplars.push(0);
    this.exemplars.push(0);
  }

  #readHistogram(cursor: ProtoCursor): void {
    const outer = cursor.enter();
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          this.count = cursor.unsigned();
          break;
        case 2:
          this.sum = cursor.double();
          break;
        case 3:
          this.#readBucket(cursor);
          break;
        case 4:
          this.countFloat = cursor.double();
          break;
        case 5:
          this.schema = cursor.zigzag();
          break;
        case 6:
          this.zeroThreshold = cursor.double();
          break;
        case 7:
          this.zeroCount = cursor.unsigned();
          break;
        case 8:
          this.zeroCountFloat = cursor.double();
          break;
        case 9:
          readSpan(cursor, this.negativeSpans);
          break;
        case 10:
          readDeltas(cursor, this.negativeDeltas);
          break;
        case 11:
          readCounts(cursor, this.negativeCounts);
          break;
        case 12:
          readSpan(cursor, this.positiveSpans);
          break;
        case 13:
          readDeltas(cursor, this.positiveDeltas);
          break;
        case 14:
          readCounts(cursor, this.positiveCounts);
          break;
        case 15:
          this.createdMs = readTimestampMs(cursor);
          break;
        case 16:
          pushRange(cursor, this.nativeExemplars);
          break;
        default:
          cursor.skip();
      }
    }
    cursor.leave(outer);
  }
}

function pushRange(cursor: ProtoCursor, ranges: NumberList): void {
  const end = cursor.length();
  ranges.push(cursor.at);
  ranges.push(end);
  cursor.at = end;
}

function readSpan(cursor: ProtoCursor, spans: NumberList): void {
  const outer = cursor.enter();
  let offset = 0;
  let length = 0;
  while (cursor.next()) {
    if (cursor.field === 1) offset = cursor.zigzag();
    else if (cursor.field === 2) length = cursor.unsigned();
    else cursor.skip();
  }
  cursor.leave(outer);
  spans.push(offset);
  spans.push(length);
}

/** One number, or many of them packed. */
function readDeltas(cursor: ProtoCursor, deltas: NumberList): void {
  if (cursor.wire !== wireType.length) {
    deltas.push(cursor.zigzag());
    return;
  }
  const outer = cursor.enter();
  while (cursor.at < cursor.end) deltas.push(cursor.rawZigzag());
  cursor.leave(outer);
}

function readCounts(cursor: ProtoCursor, counts: NumberList): void {
  if (cursor.wire !== wireType.length) {
    counts.push(cursor.double());
    return;
  }
  const outer = cursor.enter();
  while (cursor.at < cursor.end) counts.push(cursor.rawDouble());
  cursor.leave(outer);
}

/** google.protobuf.Timestamp, cut to milliseconds. */
export function readTimestampMs(cursor: ProtoCursor): number {
  const outer = cursor.enter();
  let seconds = 0;
  let nanos = 0;
  while (cursor.next()) {
    if (cursor.field === 1) seconds = cursor.signed();
    else if (cursor.field === 2) nanos = cursor.signed();
    else cursor.skip();
  }
  cursor.leave(outer);
  return seconds * 1000 + Math.trunc(nanos / 1e6);
}
