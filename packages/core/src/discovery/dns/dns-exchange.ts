import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { DnsRecordType } from './dns-discovery-config.js';
import {
  type DnsResponse,
  decodeResponse,
  encodeQuery,
  isResponseTo,
  isTruncated,
} from './dns-message.js';
import type { DnsServer } from './dns-server.js';

// As Prometheus' client, which does not ask the same server again either.
const timeoutMs = 2_000;

/** Ends a transport: with the message it received, or with what went wrong. */
interface Outcome {
  readonly received: (message: Buffer) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Asks one server, over UDP and, when the answer is cut off, over TCP. Rejects with an Error when
 * there is no answer in 2 s, when the server refuses the connection or answers garbage, and when the
 * signal aborts.
 */
export async function askServer(
  server: DnsServer,
  name: string,
  type: DnsRecordType,
  clock: Clock,
  signal: AbortSignal,
): Promise<DnsResponse> {
  const id = randomInt(0x10000);
  const overUdp = await bounded(clock, signal, (outcome) =>
    exchangeUdp(server, encodeQuery(id, name, type, true), id, outcome),
  );
  if (!isTruncated(overUdp)) return decode(overUdp);
  const overTcp = await bounded(clock, signal, (outcome) =>
    exchangeTcp(server, encodeQuery(id, name, type, false), outcome),
  );
  if (!isResponseTo(id, overTcp)) throw new Error('the answer over TCP is to another question');
  if (isTruncated(overTcp)) throw new Error('the answer is cut off over TCP too');
  return decode(overTcp);
}

function decode(message: Buffer): DnsResponse {
  try {
    return decodeResponse(message);
  } catch (error) {
    throw new Error(`the answer is malformed: ${messageOf(error)}`, { cause: error });
  }
}

/** Runs a transport until it ends, the time is over or the signal aborts; always releases it. */
async function bounded(
  clock: Clock,
  signal: AbortSignal,
  start: (outcome: Outcome) => () => void,
): Promise<Buffer> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = withResolvers<Buffer>();
  const release = start({ received: resolve, failed: reject });
  const timer = clock.setTimer(timeoutMs, () => reject(new Error(`no answer in ${timeoutMs} ms`)));
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer.cancel();
    release();
  }
}

/** A socket of its own for each question: its random port is half of what a forger must guess. */
function exchangeUdp(server: DnsServer, query: Buffer, id: number, outcome: Outcome): () => void {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4').unref();
  let isOpen = true;
  socket.on('error', outcome.failed);
  socket.on('message', (message) => {
    if (isResponseTo(id, message)) outcome.received(message);
  });
  // Connected, so that only this server is heard, and a closed port is an error at once.
  socket.connect(server.port, server.address);
  // Not as connect's callback: that one would be called with its error too.
  socket.once('connect', () => {
    if (isOpen) socket.send(query);
  });
  return () => {
    isOpen = false;
    socket.close();
  };
}

function exchangeTcp(server: DnsServer, query: Buffer, outcome: Outcome): () => void {
  const socket = connect(server.port, server.address).unref();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  let received = Buffer.alloc(0);
  socket.on('error', outcome.failed);
  socket.on('close', () => outcome.failed(new Error('the connection was closed in an answer')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) return;
    const end = 2 + received.readUInt16BE(0);
    if (received.length >= end) outcome.received(received.subarray(2, end));
  });
  return () => {
    socket.destroy();
  };
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
