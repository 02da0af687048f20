import type { KafkaWriteOptions } from '../../outputs/kafka/kafka-options.js';
import type { KafkaWrite, KafkaWriteParts } from '../../outputs/kafka/kafka-write.js';
import type { Output } from '../../outputs/output.js';
import type { PushgatewayParts } from '../../outputs/pushgateway/group-pushes.js';
import type { PushgatewayWriteOptions } from '../../outputs/pushgateway/pushgateway-options.js';
import type { RegistryPushes } from '../../outputs/pushgateway/registry-pushes.js';
import type { TargetPushes } from '../../outputs/pushgateway/target-pushes.js';
import type { OutputSettings } from '../messages.js';

interface Pushgateway {
  readonly RegistryPushes: typeof RegistryPushes;
  readonly TargetPushes: typeof TargetPushes;
}

let kafka: typeof KafkaWrite | undefined;
let pushgateway: Pushgateway | undefined;

/**
 * Loads the outputs that most agents do not have, and their threads need not carry (of kafka_write 95 kB
 * of code). Undefined: all that is configured is there.
 */
export function loadOutputs(settings: OutputSettings): Promise<void> | undefined {
  const { kafkaWrites = [], pushgatewayWrites = [] } = settings;
  const loading: Promise<void>[] = [];
  if (kafkaWrites.length > 0 && kafka === undefined) loading.push(loadKafka());
  if (pushgatewayWrites.length > 0 && pushgateway === undefined) loading.push(loadPushgateway());
  return loading.length === 0 ? undefined : Promise.all(loading).then(() => undefined);
}

/** After {@link loadOutputs}. */
export function createKafkaWrite(options: KafkaWriteOptions, parts: KafkaWriteParts): KafkaWrite {
  if (kafka === undefined) throw new Error('kafka_write is not loaded');
  return new kafka(options, parts);
}

/** After {@link loadOutputs}. */
export function createPushgatewayWrite(
  options: PushgatewayWriteOptions,
  parts: PushgatewayParts,
): Output {
  if (pushgateway === undefined) throw new Error('pushgateway_write is not loaded');
  const { RegistryPushes, TargetPushes } = pushgateway;
  return options.source === 'self'
    ? new RegistryPushes(options, parts)
    : new TargetPushes(options, parts);
}

/** The output of that name, where it takes bodies of the own registry. */
export function findRegistryPushes(
  outputs: readonly Output[],
  name: string,
): RegistryPushes | undefined {
  const output = outputs.find((one) => one.name === name);
  const isOne = pushgateway !== undefined && output instanceof pushgateway.RegistryPushes;
  return isOne ? output : undefined;
}

async function loadKafka(): Promise<void> {
  kafka = (await import('../../outputs/kafka/kafka-write.js')).KafkaWrite;
}

async function loadPushgateway(): Promise<void> {
  const [registry, targets] = await Promise.all([
    import('../../outputs/pushgateway/registry-pushes.js'),
    import('../../outputs/pushgateway/target-pushes.js'),
  ]);
  pushgateway = { ...registry, ...targets };
}
