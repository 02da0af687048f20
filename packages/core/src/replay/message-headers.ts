import type { KafkaMessage } from 'kafkajs';

/** The text of a header that kafka_write, or somebody else, has written. */
export function headerOf(
  { headers }: Pick<KafkaMessage, 'headers'>,
  name: string,
): string | undefined {
  const value = headers?.[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? undefined : String(first);
}
