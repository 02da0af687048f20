import { byte, labelRest, skip } from './bytes.js';
import type { ExpositionFormat } from './content-type.js';
import { decodeProtoExemplarLabels } from './protobuf/exemplar-message.js';
import { quotedEnd } from './quoted.js';

/**
 * The labels of an exemplar from the bytes that ParsedBody's exemplar columns point at: the text
 * between its braces, where escapes stay as written (Prometheus does not undo them), or its message.
 */
export function decodeExemplarLabels(
  bytes: Uint8Array,
  format: ExpositionFormat,
): [name: string, value: string][] {
  return format === 'protobuf' ? decodeProtoExemplarLabels(bytes) : decodeText(bytes);
}

function decodeText(text: Uint8Array): [name: string, value: string][] {
  const labels: [string, string][] = [];
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let i = 0;
  while (i < text.length) {
    const isQuoted = text[i] === byte.quote;
    const nameEnd = isQuoted
      ? quotedEnd(text, i, text.length, false, false)
      : skip(text, i, text.length, labelRest);
    const valueEnd = quotedEnd(text, nameEnd + 1, text.length, true, false);
    const quotes = isQuoted ? 1 : 0;
    labels.push([
      utf8.decode(text.subarray(i + quotes, nameEnd - quotes)),
      utf8.decode(text.subarray(nameEnd + 2, valueEnd - 1)),
    ]);
    i = text[valueEnd] === byte.comma ? valueEnd + 1 : valueEnd;
  }
  return labels;
}
