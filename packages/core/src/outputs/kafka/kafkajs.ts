import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { messageOf, PromAgentError } from '../../errors.js';

/** The one version whose inner parts are known here; it is the last that was released. */
export const kafkajsVersion = '2.2.4';

/** A request of kafkajs: what it sends and how it reads the answer. */
export interface KafkajsExchange {
  readonly request: object;
  readonly response: {
    decode(payload: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  };
}

export interface KafkajsRequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
  maybeThrottle(throttleMs: number): void;
  push(request: {
    readonly entry: object;
    readonly expectResponse: boolean;
    readonly requestTimeout: number | null;
    sendRequest(): void;
  }): void;
  rejectAll(error: Error): void;
}

export interface KafkajsConnection {
  readonly socket: Socket | undefined;
  readonly requestQueue: KafkajsRequestQueue;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
}

export interface KafkajsConnectionPool {
  readonly pool: readonly KafkajsConnection[];
  send(exchange: KafkajsExchange & { logResponseError?: boolean }): Promise<unknown>;
}

export interface KafkajsBroker {
  connect(): Promise<void>;
}

interface RequestDefinition {
  protocol(version: { version: number }): (fields: object) => KafkajsExchange;
}

export type SocketFactory = (to: {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}) => Socket;

/** What is used of kafkajs: its connections, with their TLS, SASL and protocol versions, and its requests. */
export interface Kafkajs {
  readonly Broker: new (options: {
    readonly connectionPool: KafkajsConnectionPool;
    readonly logger: unknown;
    readonly allowAutoTopicCreation: boolean;
    readonly authenticationTimeout: number;
  }) => KafkajsBroker;
  readonly ConnectionPool: new (options: {
    readonly host: string;
    readonly port: number;
    readonly logger: unknown;
    readonly socketFactory: SocketFactory;
    readonly clientId: string;
    readonly sasl: object | undefined;
    readonly ssl: object | undefined;
    readonly connectionTimeout: number;
    readonly reauthenticationThreshold: number;
    readonly requestTimeout: number;
    readonly enforceRequestTimeout: boolean;
    readonly maxInFlightRequests: number | null;
  }) => KafkajsConnectionPool;
  readonly logger: unknown;
  readonly requests: Readonly<
    Record<'Metadata' | 'DescribeConfigs' | 'InitProducerId', RequestDefinition>
  >;
  /** What an error code of the protocol means. */
  errorOf(code: number): { readonly type: string; readonly message: string };
}

let loaded: Kafkajs | undefined;

/**
 * Loads kafkajs when it is needed first: it is an optional peer.
 * @throws PromAgentError KAFKA_CLIENT_MISSING
 */
export function loadKafkajs(require = createRequire(import.meta.url)): Kafkajs {
  loaded ??= load(require);
  return loaded;
}

/**
 * Looks whether kafkajs is there and of the right version, and loads none of it.
 * @throws PromAgentError KAFKA_CLIENT_MISSING
 */
export function checkKafkajs(require = createRequire(import.meta.url)): void {
  const version = versionOf(require);
  if (version === kafkajsVersion) return;
  throw missing(
    `kafkajs ${version} is installed, and kafka_write works with ${kafkajsVersion} alone`,
  );
}

function load(require: NodeJS.Require): Kafkajs {
  checkKafkajs(require);
  const { createLogger } = require('kafkajs/src/loggers/index.js');
  const { createErrorFromCode } = require('kafkajs/src/protocol/error.js');
  return {
    Broker: require('kafkajs/src/broker/index.js'),
    ConnectionPool: require('kafkajs/src/network/connectionPool.js'),
    // What matters is logged by us, once per change of state.
    logger: createLogger({ level: 0, logCreator: () => () => {} }),
    requests: require('kafkajs/src/protocol/requests/index.js').requests,
    errorOf: createErrorFromCode,
  };
}

function versionOf(require: NodeJS.Require): string {
  try {
    return (require('kafkajs/package.json') as { version: string }).version;
  } catch (error) {
    throw missing('kafka_write needs kafkajs, which is not installed', error);
  }
}

function missing(why: string, cause?: unknown): PromAgentError {
  return new PromAgentError(
    'KAFKA_CLIENT_MISSING',
    `${why}: npm install kafkajs@${kafkajsVersion} beside the service`,
    {
      cause,
      data: { wanted: kafkajsVersion, ...(cause !== undefined && { why: messageOf(cause) }) },
    },
  );
}
