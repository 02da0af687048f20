import { RequestParts, type WriteVersion } from '../wire/request-parts.js';
import type { KafkaFormat } from './kafka-options.js';
import type { TakenMessage } from './taken-message.js';
import { readZigzag, writeZigzag } from './zigzag.js';

/** Between the `seq` of one message and the next there is room for the parts of the first. */
export const seqStep = 64;
const partsPerSplit = 8;
const newline = 10;

const versions: Partial<Readonly<Record<KafkaFormat, WriteVersion>>> = {
  remote_write: 1,
  remote_write_v2: 2,
};

/**
 * A message that is too large for its topic as several, each with some of its series; undefined where
 * it cannot be made smaller.
 */
export function splitMessage(
  message: TakenMessage,
  format: KafkaFormat,
): TakenMessage[] | undefined {
  const step = message.seqRoom ?? seqStep;
  if (step < partsPerSplit) return undefined;
  const record = readRecordEnd(message.recordEnd);
  const values = splitValue(record.value, format);
  if (values.length < 2) return undefined;
  const seqRoom = step / partsPerSplit;
  return values.map(({ bytes, samples }, i) => ({
    ...message,
    recordEnd: writeRecordEnd(record, bytes, i * seqRoom),
    samples,
    seqRoom,
  }));
}

interface PartOfValue {
  readonly bytes: Uint8Array;
  readonly samples: number;
}

/** Parts with as many series or lines each; each has one sample. */
function splitValue(value: Uint8Array, format: KafkaFormat): PartOfValue[] {
  const version = versions[format];
  if (version !== undefined) {
    const request = new RequestParts(value, version);
    return rangesOf(request.series.length).map(([from, to]) => ({
      bytes: request.body([[from, to]]),
      samples: to - from,
    }));
  }
  const ends: number[] = [0];
  for (let at = 0; at < value.length; at++) if (value[at] === newline) ends.push(at + 1);
  return rangesOf(ends.length - 1).map(([from, to]) => ({
    bytes: value.subarray(ends[from], ends[to]),
    samples: to - from,
  }));
}

function rangesOf(length: number): [from: number, to: number][] {
  const count = Math.min(partsPerSplit, length);
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.floor(((i + 1) * length) / count),
  ]);
}

interface RecordEnd {
  /** The key with its length. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** With their count; the last bytes are the digits of `seq`. */
  readonly headers: Uint8Array;
}

function readRecordEnd(bytes: Uint8Array): RecordEnd {
  const keyLength = readZigzag(bytes, 0);
  const keyEnd = keyLength.end + keyLength.value;
  const valueLength = readZigzag(bytes, keyEnd);
  const valueEnd = valueLength.end + valueLength.value;
  return {
    key: bytes.subarray(0, keyEnd),
    value: bytes.subarray(valueLength.end, valueEnd),
    headers: bytes.subarray(valueEnd),
  };
}

const seqDigits = 16;

function writeRecordEnd({ key, headers }: RecordEnd, value: Uint8Array, seqMore: number): Buffer {
  const length = new Uint8Array(5);
  const lengthBytes = length.subarray(0, writeZigzag(length, 0, value.length));
  const end = Buffer.concat([key, lengthBytes, value, headers]);
  const seq = Number(end.toString('latin1', end.length - seqDigits)) + seqMore;
  end.write(String(seq).padStart(seqDigits, '0'), end.length - seqDigits, 'latin1');
  return end;
}
