import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import { connectWords } from './connect-words.js';
import { renewSessionBeforeMs } from './credentials.js';
import { stopIdleTimer } from './idle-timer.js';
import type {
  Kafkajs,
  KafkajsBroker,
  KafkajsConnection,
  KafkajsConnectionPool,
  KafkajsExchange,
} from './kafkajs.js';

const keepAliveMs = 60_000;
const produceKey = 0;
const produceVersion = 7;

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface BrokerConnectionParts {
  readonly kafkajs: Kafkajs;
  readonly clock: Clock;
  readonly clientId: string;
  /** As kafkajs takes it. */
  readonly sasl: object | undefined;
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly lookup: LookupFunction | undefined;
}

/**
 * One connection to a broker, of kafkajs, with deadlines of ours: after any failure it is dead, and
 * whoever wants the broker makes another.
 */
export class BrokerConnection {
  readonly address: BrokerAddress;
  readonly #parts: BrokerConnectionParts;
  readonly #pool: KafkajsConnectionPool;
  readonly #broker: KafkajsBroker;
  readonly #sockets = new Set<Socket>();
  #ready: Promise<void> | undefined;
  #failure: Error | undefined;
  /** The broker has answered a request, so it is spoken to as it wants. */
  #isProven = false;

  constructor(address: BrokerAddress, parts: BrokerConnectionParts) {
    const { kafkajs, clientId, sasl, tls, connectTimeoutMs, requestTimeoutMs } = parts;
    this.address = address;
    this.#parts = parts;
    this.#pool = new kafkajs.ConnectionPool({
      ...address,
      clientId,
      sasl,
      // Options of ours are applied by our socket factory; kafkajs asks only whether there are any.
      ssl: tls && {},
      logger: kafkajs.logger,
      socketFactory: (to) => this.#open(to),
      connectionTimeout: connectTimeoutMs,
      reauthenticationThreshold: renewSessionBeforeMs,
      requestTimeout: requestTimeoutMs,
      // It would look ten times a second; the deadlines here are our own.
      enforceRequestTimeout: false,
      maxInFlightRequests: null,
    });
    for (const { requestQueue } of this.#pool.pool) stopIdleTimer(requestQueue);
    this.#broker = new kafkajs.Broker({
      connectionPool: this.#pool,
      logger: kafkajs.logger,
      allowAutoTopicCreation: false,
      authenticationTimeout: connectTimeoutMs,
    });
  }

  get isDead(): boolean {
    return this.#failure !== undefined;
  }

  /** Connects, agrees on versions and authenticates, once. */
  ready(): Promise<void> {
    this.#ready ??= this.#within(
      this.#parts.connectTimeoutMs,
      () => this.#broker.connect(),
      `no connection to ${this.#name} within ${this.#parts.connectTimeoutMs} ms`,
    );
    return this.#ready;
  }

  /** A request of kafkajs; its answer as decoded, errors inside it are the caller's to see. */
  async ask<T>(exchange: KafkajsExchange): Promise<T> {
    await this.ready();
    const { request, response } = exchange;
    const asDecoded = { decode: response.decode, parse: async (decoded: unknown) => decoded };
    const answer = await this.#within(
      this.#parts.requestTimeoutMs,
      () => this.#pool.send({ request, response: asDecoded, logResponseError: false }),
      this.#late(),
    );
    this.#isProven = true;
    return answer as T;
  }

  /**
   * A produce request, given as the parts of its body, which must not change until the answer is here.
   * It goes past kafkajs' encoder, which copies each byte eight times.
   */
  async produce(body: readonly Uint8Array[]): Promise<Buffer> {
    await this.ready();
    const connection = this.#pool.pool[0]!;
    return this.#within(
      this.#parts.requestTimeoutMs,
      async () => {
        // A SASL session may have come to its end (KIP-368).
        if (!connection.isAuthenticated()) await connection.authenticate();
        return this.#send(connection, body);
      },
      this.#late(),
    );
  }

  /** The broker asked us to wait before the next request (KIP-219). */
  throttle(throttleMs: number): void {
    this.#pool.pool[0]!.requestQueue.maybeThrottle(throttleMs);
  }

  /** Closes its sockets; what is under way fails. Idempotent. */
  destroy(why: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = why;
    for (const { requestQueue } of this.#pool.pool) requestQueue.rejectAll(why);
    for (const socket of this.#sockets) socket.destroy();
  }

  get #name(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  #late(): string {
    return `no answer from ${this.#name} within ${this.#parts.requestTimeoutMs} ms`;
  }

  #send(connection: KafkajsConnection, body: readonly Uint8Array[]): Promise<Buffer> {
    const { socket, requestQueue } = connection;
    if (socket === undefined || !connection.isConnected()) {
      throw new Error(`${this.#name} has closed the connection`);
    }
    const correlationId = connection.nextCorrelationId();
    const head = requestHead(correlationId, this.#parts.clientId, body);
    return new Promise((resolve, reject) => {
      const answered = ({ payload }: { payload: Buffer }): void => resolve(payload);
      const entry = { apiKey: produceKey, apiName: 'Produce', apiVersion: produceVersion };
      requestQueue.push({
        entry: { ...entry, correlationId, resolve: answered, reject },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => {
          socket.cork();
          socket.write(head);
          for (const part of body) socket.write(part);
          socket.uncork();
        },
      });
    });
  }

  #open({ host, port, onConnect }: BrokerAddress & { readonly onConnect: () => void }): Socket {
    const { tls, lookup } = this.#parts;
    const to = { host, port, ...(lookup && { lookup }) };
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket =
      tls === undefined
        ? connectTcp(to, onConnect)
        : connectTls({ ...to, ...name, ...tls }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    // The host ends when it wants to.
    socket.unref();
    this.#sockets.add(socket);
    // kafkajs waits for `end` or `error`; a socket may close without either.
    socket.once('close', () => this.destroy(new Error(`${this.#name} has closed the connection`)));
    return socket;
  }

  async #within<T>(ms: number, run: () => Promise<T>, late: string): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    let expire: (error: Error) => void;
    const expired = new Promise<never>((_, reject) => {
      expire = reject;
    });
    const timer = this.#parts.clock.setTimer(ms, () => expire(new Error(late)));
    try {
      return await Promise.race([run(), expired]);
    } catch (error) {
      const words = messageOf(this.#failure ?? error);
      const failure = new Error(this.#isProven ? words : connectWords(words, this.#parts), {
        cause: error,
      });
      this.destroy(failure);
      throw failure;
    } finally {
      timer.cancel();
    }
  }
}

/** Size and header (v1) of a request. */
function requestHead(correlationId: number, clientId: string, body: readonly Uint8Array[]): Buffer {
  const id = Buffer.from(clientId);
  const head = Buffer.alloc(14 + id.length);
  const bytes = body.reduce((sum, part) => sum + part.length, head.length - 4);
  head.writeInt32BE(bytes, 0);
  head.writeInt16BE(produceKey, 4);
  head.writeInt16BE(produceVersion, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(id.length, 12);
  id.copy(head, 14);
  return head;
}
