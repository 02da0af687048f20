import { messageOf, PromAgentError } from '../errors.js';
import { connectWords } from '../outputs/kafka/connect-words.js';
import type { ReplaySource } from './replay-options.js';

/** What no waiting mends: errors of kafkajs by name, and of the protocol by type. */
const lastingNames: ReadonlySet<string> = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSNotImplemented',
]);
const lastingTypes = /^(?:\w+_AUTHORIZATION_FAILED|UNKNOWN_TOPIC_OR_PARTITION|INVALID_GROUP_ID)$/;

/** An error of kafkajs: not of the receiver, nor a fault of ours. */
export function isOfKafka(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}

/**
 * A failure of Kafka after which another consumer may do better. kafkajs itself starts anew after few of
 * them: not when a group has forgotten its member, as after a network that fell silent.
 */
export function mayPass(error: unknown): boolean {
  if (!isOfKafka(error)) return false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (lastingNames.has(cause.name) || lastingTypes.test(typeOf(cause))) return false;
  }
  return true;
}

/** The type of an error of the protocol, else ''. */
export function typeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
}

export function kafkaFailed(source: ReplaySource, error: unknown): PromAgentError {
  if (PromAgentError.is(error)) return error;
  const { brokers } = source;
  const why = connectWords(messageOf(error), source);
  return new PromAgentError('REPLAY_FAILED', `kafka ${brokers.join(',')}: ${why}`, {
    cause: error,
    data: { brokers },
  });
}
