import type { LookupFunction } from 'node:net';
import type { Clock } from '../../clock.js';
import { type BrokerAddress, BrokerConnection } from './broker-connection.js';
import type { ConnectionSettings, Credentials } from './credentials.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { Kafkajs } from './kafkajs.js';
import { askMessageLimits, askMetadata, type TopicMetadata } from './topic-metadata.js';

/** What a cluster says of a topic. */
export interface Topic extends TopicMetadata {
  /** `max.message.bytes`; undefined where the rights to ask for it are missing. */
  readonly maxMessageBytes: number | undefined;
}

export interface ClusterParts {
  readonly kafkajs: Kafkajs;
  readonly clock: Clock;
  readonly options: KafkaWriteOptions;
  readonly credentials: Credentials;
  /** How host names become addresses; default: the system's resolver. */
  readonly lookup: LookupFunction | undefined;
}

/** How long what was learned of topics counts as true. */
const metadataMaxAgeMs = 5 * 60_000;

/**
 * The brokers and topics as this thread knows them: metadata asked for one at a time, one connection a
 * broker, made anew after it failed.
 */
export class Cluster {
  readonly #parts: ClusterParts;
  readonly #topics = new Map<string, Topic>();
  readonly #addresses = new Map<number, BrokerAddress>();
  readonly #connections = new Map<string, BrokerConnection>();
  #refreshing: Promise<void> | undefined;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #nextSeed = 0;
  #isClosed = false;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    // The agents of a fleet do not all ask the first broker.
    this.#nextSeed = Math.floor(Math.random() * parts.options.brokers.length);
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** True when what is known is too old to be trusted, or not known. */
  isStale(topics: Iterable<string>): boolean {
    const { clock } = this.#parts;
    if (clock.monotonicMs() - this.#refreshedMs > metadataMaxAgeMs) return true;
    for (const name of topics) if (!this.#topics.has(name)) return true;
    return false;
  }

  /** What is known is wrong: the next look at it asks again. */
  expire(): void {
    this.#refreshedMs = Number.NEGATIVE_INFINITY;
  }

  /** Asks a broker about the topics; whoever asks meanwhile waits for the same answer. */
  refresh(topics: readonly string[]): Promise<void> {
    this.#refreshing ??= this.#refresh(topics).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The connection to a broker, ready to be used. */
  async broker(id: number): Promise<BrokerConnection> {
    const address = this.#addresses.get(id);
    if (address === undefined) throw new Error(`broker ${id} is not known`);
    const connection = await this.#connect(address);
    await connection.ready();
    return connection;
  }

  /** Any of them. */
  async anyBroker(): Promise<BrokerConnection> {
    const connection = await this.#connect(this.#nextAddress());
    await connection.ready();
    return connection;
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.values()) connection.destroy(new Error('closed'));
    this.#connections.clear();
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    const { kafkajs, clock } = this.#parts;
    const connection = await this.anyBroker();
    const { brokers, topics: found } = await askMetadata(kafkajs, connection, topics);
    const there = found.filter(({ problem }) => problem === undefined).map(({ name }) => name);
    const limits = await askMessageLimits(kafkajs, connection, there);
    this.#topics.clear();
    for (const topic of found) {
      this.#topics.set(topic.name, { ...topic, maxMessageBytes: limits.get(topic.name) });
    }
    this.#addresses.clear();
    for (const { nodeId, host, port } of brokers) this.#addresses.set(nodeId, { host, port });
    this.#refreshedMs = clock.monotonicMs();
  }

  /** A broker that is connected, else the next of those known, and of those configured. */
  #nextAddress(): BrokerAddress {
    for (const connection of this.#connections.values()) {
      if (!connection.isDead) return connection.address;
    }
    const seeds = this.#parts.options.brokers.map(addressOf);
    const all = [...seeds, ...this.#addresses.values()];
    return all[this.#nextSeed++ % all.length]!;
  }

  async #connect(address: BrokerAddress): Promise<BrokerConnection> {
    const key = `${address.host}:${address.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined && !known.isDead) return known;
    const settings: ConnectionSettings = await this.#parts.credentials.settings();
    // Someone else may have been as fast.
    const meanwhile = this.#connections.get(key);
    if (meanwhile !== undefined && !meanwhile.isDead) return meanwhile;
    if (this.#isClosed) throw new Error('closed');
    const { kafkajs, clock, options, lookup } = this.#parts;
    const { clientId, connectTimeoutMs, requestTimeoutMs } = options;
    const made = {
      kafkajs,
      clock,
      clientId,
      connectTimeoutMs,
      requestTimeoutMs,
      lookup,
      ...settings,
    };
    const connection = new BrokerConnection(address, made);
    this.#connections.set(key, connection);
    return connection;
  }
}

export function addressOf(broker: string): BrokerAddress {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(broker.slice(colon + 1)) };
}
