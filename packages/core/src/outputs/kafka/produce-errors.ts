/** What to do with a batch after an answer (org.apache.kafka.common.protocol.Errors). */
export type ProduceVerdict =
  | 'written'
  /** The batch as it is, later; the metadata may be old. */
  | 'retry'
  /** Smaller batches, or smaller messages. */
  | 'too_large'
  /** One of the messages is refused: alone, it is dropped. */
  | 'refused'
  /** The broker does not know the producer's sequence: a new producer id, and perhaps repeats. */
  | 'new_producer';

const verdicts: ReadonlyMap<number, ProduceVerdict> = new Map([
  [0, 'written'],
  // DUPLICATE_SEQUENCE_NUMBER: an attempt whose answer was lost.
  [46, 'written'],
  // MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE
  [10, 'too_large'],
  [18, 'too_large'],
  // INVALID_TIMESTAMP, INVALID_RECORD
  [32, 'refused'],
  [87, 'refused'],
  // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID, PRODUCER_FENCED
  [45, 'new_producer'],
  [47, 'new_producer'],
  [59, 'new_producer'],
  [90, 'new_producer'],
]);

/** Everything else is tried again: what is not known to be hopeless is not given up. */
export function judgeProduce(errorCode: number): ProduceVerdict {
  return verdicts.get(errorCode) ?? 'retry';
}
