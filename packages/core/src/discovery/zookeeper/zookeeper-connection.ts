import { connect, type Socket } from 'node:net';
import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import { FrameReader } from './frame-reader.js';
import {
  decodeConnect,
  decodeNotification,
  decodeReply,
  encodeBare,
  encodeConnect,
  encodeWatching,
  type JuteReader,
  notificationXid,
  operations,
  pingXid,
} from './zookeeper-messages.js';
import type { ServerAddress } from './zookeeper-servers.js';

const noNode = -101;
const errorNames = new Map([
  [-1, 'system error'],
  [-2, 'runtime inconsistency'],
  [-4, 'connection loss'],
  [-5, 'marshalling error'],
  [-6, 'unimplemented'],
  [-8, 'no valid path'],
  [-102, 'not allowed to read'],
  [-112, 'session expired'],
]);

interface Pending {
  readonly read: (payload: JuteReader) => void;
  /** Called for a node that does not exist. */
  readonly missing: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * One connection to one ZooKeeper server, and the session that begins and ends with it: what only reads
 * has nothing that a session must keep, so a lost connection is followed by a new session that reads
 * anew, and there is no re-arming of watches, no expiry to learn of late and no session to resume.
 *
 * It is lost when the server closes it, sends what cannot be read, or says nothing for two thirds of
 * the session's timeout, pings unanswered.
 */
export class ZooKeeperConnection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #frames = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(path: string | undefined) => void>();
  #xid = 0;
  #lastHeardMs: number;
  #timer: ClockTimer | undefined;
  #onConnected: (timeoutMs: number) => void = () => {};
  #onLost: (error: Error) => void = () => {};
  #lostBy: Error | undefined;

  private constructor(server: ServerAddress, clock: Clock) {
    this.#clock = clock;
    this.#lastHeardMs = clock.monotonicMs();
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    this.#socket = socket.unref();
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#lose(error));
    socket.on('close', () => this.#lose(new Error('the server closed the connection')));
  }

  /**
   * Connects and opens a session.
   *
   * @param timeoutMs of the session; the server may grant another one
   * @param connectTimeoutMs how long to wait for it
   * @throws Error when there is no session in that time, or the signal aborts
   */
  static async open(
    server: ServerAddress,
    timeoutMs: number,
    connectTimeoutMs: number,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<ZooKeeperConnection> {
    signal.throwIfAborted();
    const connection = new ZooKeeperConnection(server, clock);
    connection.#socket.write(encodeConnect(timeoutMs));
    connection.#timer = clock.setTimer(connectTimeoutMs, () =>
      connection.#lose(new Error(`no session in ${connectTimeoutMs} ms`)),
    );
    const onAbort = (): void => connection.#lose(new Error('closed'));
    signal.addEventListener('abort', onAbort);
    try {
      const grantedMs = await new Promise<number>((resolve, reject) => {
        connection.#onConnected = resolve;
        connection.#onLost = reject;
      });
      connection.#keepAlive(grantedMs);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    return connection;
  }

  /** Why it was lost or closed; undefined while it is open. */
  get lostBy(): Error | undefined {
    return this.#lostBy;
  }

  /**
   * Calls for each node on which something happened, and with undefined when the connection is lost.
   * Returns what ends that.
   */
  listen(listener: (path: string | undefined) => void): () => void {
    if (this.#lostBy === undefined) this.#listeners.add(listener);
    else queueMicrotask(() => listener(undefined));
    return () => this.#listeners.delete(listener);
  }

  /** The data of a node and a watch on it; undefined, and no watch, when there is no such node. */
  getData(path: string): Promise<Buffer | undefined> {
    return this.#ask(operations.getData, path, (payload) => payload.bytes());
  }

  /** The names of a node's children and a watch on them; undefined when there is no such node. */
  getChildren(path: string): Promise<string[] | undefined> {
    return this.#ask(operations.getChildren, path, (payload) => payload.texts());
  }

  /** Whether there is such a node, and a watch on its creation if not. */
  async exists(path: string): Promise<boolean> {
    return (await this.#ask(operations.exists, path, () => true)) ?? false;
  }

  /** Ends the session and the connection; whatever is asked for still, fails. */
  close(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return Promise.resolve();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const isConnected = this.#lostBy === undefined;
    this.#end(new Error('closed'));
    // The server forgets the session at once; a peer that takes nothing must not hold us up.
    if (isConnected && socket.writableLength === 0) {
      socket.end(encodeBare(this.#xid, operations.closeSession), () => socket.destroy());
    } else {
      socket.destroy();
    }
    return closed;
  }

  #ask<T>(
    operation: number,
    path: string,
    read: (payload: JuteReader) => T,
  ): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#lostBy !== undefined) return reject(this.#lostBy);
      const xid = this.#xid++;
      this.#pending.set(xid, {
        read: (payload) => resolve(read(payload)),
        missing: () => resolve(undefined),
        failed: reject,
      });
      this.#socket.write(encodeWatching(xid, operation, path));
    });
  }

  #keepAlive(timeoutMs: number): void {
    this.#timer?.cancel();
    if (this.#lostBy !== undefined) return;
    this.#timer = this.#clock.setTimer(timeoutMs / 3, () => {
      const silentMs = this.#clock.monotonicMs() - this.#lastHeardMs;
      if (silentMs >= (timeoutMs * 2) / 3) {
        this.#lose(new Error(`the server said nothing for ${Math.round(silentMs)} ms`));
        return;
      }
      this.#socket.write(encodeBare(pingXid, operations.ping));
      this.#keepAlive(timeoutMs);
    });
  }

  #take(chunk: Buffer): void {
    if (this.#lostBy !== undefined) return;
    this.#lastHeardMs = this.#clock.monotonicMs();
    try {
      for (const frame of this.#frames.push(chunk)) this.#takeFrame(frame);
    } catch (error) {
      this.#lose(new Error(`the server sent what cannot be read: ${messageOf(error)}`));
    }
  }

  #takeFrame = (frame: Buffer): void => {
    const { timeoutMs } = decodeConnect(frame);
    if (timeoutMs <= 0) throw new Error('it refuses a session');
    this.#takeFrame = (next) => this.#takeReply(next);
    this.#onConnected(timeoutMs);
  };

  #takeReply(frame: Buffer): void {
    const { xid, errorCode, payload } = decodeReply(frame);
    if (xid === pingXid) return;
    if (xid === notificationXid) {
      const path = decodeNotification(payload);
      for (const listener of [...this.#listeners]) listener(path);
      return;
    }
    const pending = this.#pending.get(xid);
    if (pending === undefined) throw new Error('an answer to what was not asked');
    if (errorCode === 0) pending.read(payload);
    else if (errorCode === noNode) pending.missing();
    else pending.failed(new Error(errorNames.get(errorCode) ?? `error ${errorCode}`));
    // Not before it was read: what cannot be read loses the connection, which fails all that is pending.
    this.#pending.delete(xid);
  }

  #lose(error: Error): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #end(error: Error): void {
    if (this.#lostBy !== undefined) return;
    this.#lostBy = error;
    this.#timer?.cancel();
    this.#onLost(error);
    for (const { failed } of this.#pending.values()) failed(error);
    this.#pending.clear();
    for (const listener of [...this.#listeners]) listener(undefined);
    this.#listeners.clear();
  }
}
