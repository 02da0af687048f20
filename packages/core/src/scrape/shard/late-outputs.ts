import type { KafkaWriteOptions } from '../../outputs/kafka/kafka-options.js';
import type { KafkaWrite, KafkaWriteParts } from '../../outputs/kafka/kafka-write.js';
import type { OutputSettings } from '../messages.js';

let loaded: typeof KafkaWrite | undefined;

/**
 * Loads the outputs that most agents do not have, and their threads need not carry (of kafka_write 95 kB
 * of code). Undefined: all that is configured is there.
 */
export function loadOutputs({ kafkaWrites = [] }: OutputSettings): Promise<void> | undefined {
  if (kafkaWrites.length === 0 || loaded !== undefined) return undefined;
  return import('../../outputs/kafka/kafka-write.js').then((module) => {
    loaded = module.KafkaWrite;
  });
}

/** After {@link loadOutputs}. */
export function createKafkaWrite(options: KafkaWriteOptions, parts: KafkaWriteParts): KafkaWrite {
  if (loaded === undefined) throw new Error('kafka_write is not loaded');
  return new loaded(options, parts);
}
