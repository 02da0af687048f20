import { createRequire } from 'node:module';
import type { Kafka, KafkaConfig } from 'kafkajs';
import type { Clock } from '../clock.js';
import { messageOf, PromAgentError } from '../errors.js';
import { FileTexts } from '../http-client/file-texts.js';
import type { Logger } from '../logger.js';
import { registerCodecs } from '../outputs/kafka/compression/codecs.js';
import { Credentials, renewSessionBeforeMs } from '../outputs/kafka/credentials.js';
import { stopIdleTimer } from '../outputs/kafka/idle-timer.js';
import { checkKafkajs } from '../outputs/kafka/kafkajs.js';
import type { ReplaySource } from './replay-options.js';

/** kafkajs' numbers: 1 error, 2 warn, 4 info, 5 debug. */
const warnLevel = 2;

let isPatched = false;

/**
 * A client of kafkajs, whose consumer is used as it is.
 *
 * @throws PromAgentError KAFKA_CLIENT_MISSING; REPLAY_FAILED for files that cannot be read
 */
export async function createKafkaClient(
  source: ReplaySource,
  clock: Clock,
  logger: Logger,
): Promise<Kafka> {
  const require = createRequire(import.meta.url);
  checkKafkajs(require);
  const kafkajs: typeof import('kafkajs') = require('kafkajs');
  registerCodecs(kafkajs.CompressionCodecs as Record<number, () => object>);
  stopIdleTimers(require);
  const files = new FileTexts(clock, { run: (task) => task() });
  const settings = await new Credentials(source, files).settings().catch((error: unknown) => {
    throw new PromAgentError('REPLAY_FAILED', messageOf(error), { cause: error });
  });
  return new kafkajs.Kafka({
    clientId: source.clientId,
    brokers: [...source.brokers],
    connectionTimeout: source.connectTimeoutMs,
    authenticationTimeout: source.connectTimeoutMs,
    requestTimeout: source.requestTimeoutMs,
    reauthenticationThreshold: renewSessionBeforeMs,
    retry: { initialRetryTime: 300, maxRetryTime: 10_000, retries: 5 },
    logLevel: warnLevel,
    // What matters is said by us; its own words are for those who look closer.
    logCreator:
      () =>
      ({ namespace, log }) =>
        logger.debug({ namespace, error: log['error'] }, `kafkajs: ${log.message}`),
    ...(settings.tls && { ssl: settings.tls }),
    ...(settings.sasl && { sasl: settings.sasl as NonNullable<KafkaConfig['sasl']> }),
  });
}

/** Of a consumer the connections cannot be had one by one, so all of the process's are mended. */
function stopIdleTimers(require: NodeJS.Require): void {
  if (isPatched) return;
  isPatched = true;
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js');
  stopIdleTimer(prototype);
}
