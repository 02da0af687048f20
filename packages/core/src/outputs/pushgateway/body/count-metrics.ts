import type { PushBody } from '../client/push-request.js';

const metricTag = 0x22;
const newline = 10;
const hash = 35;

/** Samples of a text; of protobuf its metrics, where a histogram is one. */
export function countMetrics({ bytes, format }: PushBody): number {
  return format === 'text' ? countLines(bytes) : countMessages(bytes);
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at = bytes.indexOf(newline, at) + 1) {
    if (bytes[at] !== hash && bytes[at] !== newline) lines++;
    if (bytes.indexOf(newline, at) < 0) break;
  }
  return lines;
}

/** Of delimited families the fields 4, without looking into them. */
function countMessages(bytes: Uint8Array): number {
  let metrics = 0;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const end = varint() + at;
    while (at < end) {
      const tag = bytes[at++];
      if (tag === metricTag) metrics++;
      // All fields of a family but its type are bytes.
      const length = varint();
      if (((tag ?? 0) & 7) === 2) at += length;
    }
  }
  return metrics;
}
