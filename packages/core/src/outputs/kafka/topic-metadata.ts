import type { BrokerConnection } from './broker-connection.js';
import type { Kafkajs } from './kafkajs.js';

const metadataVersion = 6;
const describeConfigsVersion = 2;
const topicResource = 2;
const limitName = 'max.message.bytes';

const unknownTopic = 3;
const topicForbidden = 29;

export interface TopicMetadata {
  readonly name: string;
  /** The broker that takes each partition's messages, by partition; -1 where there is none now. */
  readonly leaders: readonly number[];
  /** Why nothing can be written to it, in words for an operator; undefined when it can. */
  readonly problem: string | undefined;
}

export interface BrokerMetadata {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

interface MetadataAnswer {
  readonly brokers: readonly BrokerMetadata[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}

/**
 * Who leads which partition. kafkajs' own reading of the answer throws all of it away for one topic
 * that is missing; here each topic stands for itself.
 */
export async function askMetadata(
  { requests, errorOf }: Kafkajs,
  connection: BrokerConnection,
  topics: readonly string[],
): Promise<{ brokers: readonly BrokerMetadata[]; topics: TopicMetadata[] }> {
  const exchange = requests.Metadata.protocol({ version: metadataVersion })({
    topics,
    allowAutoTopicCreation: false,
  });
  const { brokers, topicMetadata } = await connection.ask<MetadataAnswer>(exchange);
  const asked = new Set(topics);
  const found = topicMetadata.filter(({ topic }) => asked.has(topic));
  return {
    brokers,
    topics: found.map(({ topic: name, topicErrorCode, partitionMetadata }) => {
      const leaders: number[] = new Array(partitionMetadata.length).fill(-1);
      for (const { partitionId, leader } of partitionMetadata) leaders[partitionId] = leader;
      const problem = topicProblem(name, topicErrorCode, leaders, errorOf);
      return { name, leaders, problem };
    }),
  };
}

function topicProblem(
  name: string,
  code: number,
  leaders: readonly number[],
  errorOf: Kafkajs['errorOf'],
): string | undefined {
  if (code === unknownTopic)
    return `topic ${name} does not exist: create it, nobody does so on its own`;
  if (code === topicForbidden) {
    return `no rights on topic ${name}: the user of kafka_write needs DESCRIBE and WRITE`;
  }
  if (code !== 0) return `topic ${name}: ${errorOf(code).message}`;
  return leaders.length === 0 ? `topic ${name} has no partitions` : undefined;
}

interface ConfigsAnswer {
  readonly resources: readonly {
    readonly resourceName: string;
    readonly configEntries: readonly {
      readonly configName: string;
      readonly configValue: string;
    }[];
  }[];
}

/** How large a batch of messages each topic takes; those are left out of which we may not know. */
export async function askMessageLimits(
  { requests }: Kafkajs,
  connection: BrokerConnection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const limits = new Map<string, number>();
  if (topics.length === 0) return limits;
  const resources = topics.map((name) => ({
    type: topicResource,
    name,
    configNames: [limitName],
  }));
  const describe = requests.DescribeConfigs.protocol({ version: describeConfigsVersion });
  const answer = await connection.ask<ConfigsAnswer>(
    describe({ resources, includeSynonyms: false }),
  );
  for (const { resourceName, configEntries } of answer.resources) {
    const entry = configEntries.find(({ configName }) => configName === limitName);
    const limit = Number(entry?.configValue);
    if (Number.isSafeInteger(limit) && limit > 0) limits.set(resourceName, limit);
  }
  return limits;
}
