import type { KafkaFormat } from '../../outputs/kafka/kafka-options.js';
import { decodeJsonl } from './decode-jsonl.js';
import { decodeText } from './decode-text.js';
import { decodeVersion1 } from './decode-version-1.js';
import { decodeVersion2 } from './decode-version-2.js';
import { type DecodedMessage, MalformedMessage } from './decoded-message.js';
import { uncompressMessage } from './uncompress-message.js';

const formats: Readonly<
  Record<KafkaFormat, (value: Uint8Array, messageMs: number) => DecodedMessage>
> = {
  remote_write: (value) => decodeVersion1(uncompressMessage(value)),
  remote_write_v2: (value) => decodeVersion2(uncompressMessage(value)),
  jsonl: decodeJsonl,
  text: decodeText,
};

export const messageFormats = Object.keys(formats) as readonly KafkaFormat[];

/**
 * Takes the value of a message apart.
 *
 * @param format as the header says
 * @param messageMs time of samples that bring none of their own
 * @throws MalformedMessage with what is wrong
 */
export function decodeMessage(
  format: string,
  value: Uint8Array,
  messageMs: number,
): DecodedMessage {
  if (!Object.hasOwn(formats, format)) {
    throw new MalformedMessage(
      `its header says the format ${JSON.stringify(format)}, expected ${messageFormats.join(', ')}`,
    );
  }
  return formats[format as KafkaFormat](value, messageMs);
}
