// ZooKeeper's wire format: jute records (big-endian, length-prefixed) in frames of a length and a body;
// zookeeper.jute and ZooDefs.java in apache/zookeeper name them.

/** What we ask for. */
export const operations = { exists: 3, getData: 4, ping: 11, getChildren: 8, closeSession: -11 };

/** Transaction ids that are no answer to a numbered request. */
export const notificationXid = -1;
export const pingXid = -2;

const longestPassword = 16;

export interface ConnectResponse {
  /** The session's, as the server granted it; not above 0 when it refuses the session. */
  readonly timeoutMs: number;
}

export interface Reply {
  readonly xid: number;
  /** 0 is success; the others are negative (KeeperException.Code). */
  readonly errorCode: number;
  /** The rest of the body. */
  readonly payload: JuteReader;
}

/** Reads the fields of a record one after another; throws a RangeError past its end. */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(): number {
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  long(): bigint {
    const value = this.#bytes.readBigInt64BE(this.#at);
    this.#at += 8;
    return value;
  }

  /** A copy, so that the frame can go; a buffer of length -1 is null in Java, and empty here. */
  bytes(): Buffer {
    const length = Math.max(this.int(), 0);
    if (this.#at + length > this.#bytes.length)
      throw new RangeError('a field goes past its record');
    const value = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return value;
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  texts(): string[] {
    return Array.from({ length: this.#count() }, () => this.text());
  }

  /** Every element has a length of its own: no list is longer than what is left of the record. */
  #count(): number {
    const count = Math.max(this.int(), 0);
    if (count * 4 > this.#bytes.length - this.#at)
      throw new RangeError('a list goes past its record');
    return count;
  }
}

/** The first frame of a connection: a new session, please. */
export function encodeConnect(timeoutMs: number): Buffer {
  const body = Buffer.alloc(44 + 1);
  body.writeInt32BE(timeoutMs, 12);
  body.writeInt32BE(longestPassword, 24);
  return framed(body);
}

export function decodeConnect(body: Buffer): ConnectResponse {
  const reader = new JuteReader(body);
  reader.int();
  return { timeoutMs: reader.int() };
}

/** A request that has no fields: ping or closeSession. */
export function encodeBare(xid: number, operation: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeInt32BE(xid, 0);
  body.writeInt32BE(operation, 4);
  return framed(body);
}

/** A question about a node that leaves a watch on it. */
export function encodeWatching(xid: number, operation: number, path: string): Buffer {
  const pathBytes = Buffer.from(path);
  const body = Buffer.alloc(8 + 4 + pathBytes.length + 1);
  body.writeInt32BE(xid, 0);
  body.writeInt32BE(operation, 4);
  body.writeInt32BE(pathBytes.length, 8);
  pathBytes.copy(body, 12);
  body.writeUInt8(1, 12 + pathBytes.length);
  return framed(body);
}

export function decodeReply(body: Buffer): Reply {
  const payload = new JuteReader(body);
  const xid = payload.int();
  payload.long();
  return { xid, errorCode: payload.int(), payload };
}

/** The node that a notification is about; the event's type and the session's state come first. */
export function decodeNotification(payload: JuteReader): string {
  payload.int();
  payload.int();
  return payload.text();
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}
