import type { KafkaFormat } from './kafka-options.js';
import type { TakenMessage } from './taken-message.js';

/** A message that is too large for its topic as two; undefined where it cannot be made smaller. */
export function splitMessage(
  _message: TakenMessage,
  _format: KafkaFormat,
  _nextSeq: () => number,
): TakenMessage[] | undefined {
  return undefined;
}
