import { RequestParts, type WriteVersion } from '../remote-write/wire/request-parts.js';
import type { KafkaFormat } from './kafka-options.js';
import type { TakenMessage } from './taken-message.js';
import { readZigzag, writeZigzag } from './zigzag.js';

/** Between the `seq` of one message and the next there is room for the parts of the first. */
export const seqStep = 64;
const partsPerSplit = 8;

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
  const version = versions[format];
  const step = message.seqRoom ?? seqStep;
  if (version === undefined || step < partsPerSplit) return undefined;
  const record = readRecordEnd(message.recordEnd);
  const request = new RequestParts(record.value, version);
  const { length } = request.series;
  const count = Math.min(partsPerSplit, length);
  if (count < 2) return undefined;
  const seqRoom = step / partsPerSplit;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * length) / count);
    const to = Math.floor(((i + 1) * length) / count);
    return {
      ...message,
      recordEnd: writeRecordEnd(record, request.body([[from, to]]), i * seqRoom),
      // One sample a series; what is left over of the count goes with the last part.
      samples: i < count - 1 ? to - from : message.samples - from,
      seqRoom,
    };
  });
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
