import { expect, test } from 'vitest';
import { judgeProduce } from './produce-errors.js';

test.each([
  ['NONE', 0, 'written'],
  ['DUPLICATE_SEQUENCE_NUMBER', 46, 'written'],
  ['MESSAGE_TOO_LARGE', 10, 'too_large'],
  ['RECORD_LIST_TOO_LARGE', 18, 'too_large'],
  ['INVALID_RECORD', 87, 'refused'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, 'new_producer'],
  ['UNKNOWN_PRODUCER_ID', 59, 'new_producer'],
  ['NOT_LEADER_FOR_PARTITION', 6, 'retry'],
  ['NOT_ENOUGH_REPLICAS', 19, 'retry'],
  ['KAFKA_STORAGE_ERROR, a full disk', 56, 'retry'],
  ['TOPIC_AUTHORIZATION_FAILED', 29, 'retry'],
  ['one that nobody knows yet', 999, 'retry'],
] as const)('%s (%i): %s', (_, code, verdict) => {
  expect(judgeProduce(code)).toBe(verdict);
});
