import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const ephemeralFlag = 1;
const errorNames = new Map([
  [-101, 'no such node'],
  [-110, 'node exists'],
  [-111, 'node has children'],
]);

/** A client of a ZooKeeper that only writes, one request after another. */
export class ZooKeeperWriter {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #onFrame: (frame: Buffer) => void = () => {};
  #onClose: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  private constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#onClose());
    this.#socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      while (this.#received.length >= 4) {
        const end = 4 + this.#received.readInt32BE(0);
        if (this.#received.length < end) return;
        const frame = this.#received.subarray(4, end);
        this.#received = this.#received.subarray(end);
        this.#onFrame(frame);
      }
    });
  }

  /** Nothing pings, so the session asks for ten minutes. */
  static async connect(port: number): Promise<ZooKeeperWriter> {
    const writer = new ZooKeeperWriter(port);
    await once(writer.#socket, 'connect');
    const timeout = int(600_000);
    await writer.#exchange(
      Buffer.concat([int(0), long, timeout, long, bytes(Buffer.alloc(16)), Buffer.of(0)]),
    );
    return writer;
  }

  /** Makes a node; with `ephemeral` it goes with this client. */
  create(path: string, data = '', ephemeral = false): Promise<void> {
    const acl = [int(1), int(31), text('world'), text('anyone')];
    const flags = int(ephemeral ? ephemeralFlag : 0);
    return this.#ask(1, text(path), text(data), ...acl, flags);
  }

  /** A node that nobody may read. */
  createUnreadable(path: string): Promise<void> {
    const onlyCreate = [int(1), int(4 | 8 | 16), text('world'), text('anyone')];
    return this.#ask(1, text(path), text(''), ...onlyCreate, int(0));
  }

  set(path: string, data: string): Promise<void> {
    return this.#ask(5, text(path), text(data), int(-1));
  }

  delete(path: string): Promise<void> {
    return this.#ask(2, text(path), int(-1));
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(operation: number, ...fields: Buffer[]): Promise<void> {
    const asked = this.#last.then(async () => {
      const reply = await this.#exchange(Buffer.concat([int(1), int(operation), ...fields]));
      const error = reply.readInt32BE(12);
      if (error !== 0) throw new Error(errorNames.get(error) ?? `ZooKeeper error ${error}`);
    });
    this.#last = asked.catch(() => {});
    return asked;
  }

  #exchange(body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#onFrame = resolve;
      this.#onClose = () => reject(new Error('ZooKeeper closed the connection'));
      this.#socket.write(Buffer.concat([int(body.length), body]));
    });
  }
}

const long = Buffer.alloc(8);

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([int(value.length), value]);
}

function text(value: string): Buffer {
  return bytes(Buffer.from(value));
}
