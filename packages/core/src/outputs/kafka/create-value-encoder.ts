import { jsonLines } from './json-lines.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { LineValue } from './line-value.js';
import { RemoteWriteV2Value } from './remote-write-v2-value.js';
import { RemoteWriteValue } from './remote-write-value.js';
import { textLines } from './text-lines.js';
import type { ValueEncoder } from './value-encoder.js';

export function createValueEncoder(options: KafkaWriteOptions): ValueEncoder {
  switch (options.format) {
    case 'remote_write':
      return new RemoteWriteValue(options);
    case 'remote_write_v2':
      return new RemoteWriteV2Value(options);
    case 'jsonl':
      return new LineValue(jsonLines, options);
    case 'text':
      return new LineValue(textLines, options);
  }
}
