import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { uncompress } from 'snappyjs';

/** A sample as it arrived; `bits` are the float64's. */
export interface ReceivedSample {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly bits: bigint;
  readonly timestampMs: bigint;
  /** The whole message, where the sample is a native histogram; `bits` are its sum's. */
  readonly histogram?: Uint8Array;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  readonly samples: readonly ReceivedSample[];
}

/** How to answer a request; `hang` and `reset` give no answer. */
export type Answer =
  | 'hang'
  | 'reset'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Announces a longer body than it sends, then cuts the connection. */
      readonly cut?: true;
    };

/** A remote-write 1.0 receiver on a loopback port that decodes everything and answers as told. */
export class WriteReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** Decides the answer to the `n`th request, from 0. Default: 204. */
  answer: (request: ReceivedRequest, n: number) => Answer | Promise<Answer> = () => ({
    status: 204,
  });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const received: ReceivedRequest = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          bodyBytes: body.length,
          samples: decodeWriteRequest(uncompress(body)),
        };
        this.requests.push(received);
        const n = this.requests.length - 1;
        void Promise.resolve(this.answer(received, n)).then((one) => this.#reply(one, response));
      });
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** `port` 0: any free one. */
  static async listen(port = 0): Promise<WriteReceiver> {
    const receiver = new WriteReceiver();
    receiver.#server.listen(port, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/write`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  get samples(): ReceivedSample[] {
    return this.requests.flatMap((request) => request.samples);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #reply(answer: Answer, response: ServerResponse): void {
    if (answer === 'hang') return;
    if (answer === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    const { status, headers = {}, body = '', cut } = answer;
    response.writeHead(status, cut ? { ...headers, 'content-length': body.length + 100 } : headers);
    if (cut) {
      response.write(body, () => response.socket?.destroy());
    } else {
      response.end(body);
    }
  }
}

/** The samples of an uncompressed WriteRequest, in order; throws at anything 1.0 does not hold. */
export function decodeWriteRequest(bytes: Uint8Array): ReceivedSample[] {
  return fieldsOf(bytes).flatMap(([field, series]) => {
    if (field !== 1 || !(series instanceof Uint8Array)) throw new Error(`WriteRequest.${field}`);
    return decodeSeries(series);
  });
}

function decodeSeries(series: Uint8Array): ReceivedSample[] {
  const labels: [string, string][] = [];
  const samples: ReceivedSample[] = [];
  for (const [field, message] of fieldsOf(series)) {
    if (!(message instanceof Uint8Array)) throw new Error(`TimeSeries.${field}`);
    const parts = new Map(fieldsOf(message));
    if (field === 1) labels.push([textOf(parts.get(1)), textOf(parts.get(2))]);
    else if (field === 2) samples.push({ labels, ...decodeSample(parts) });
    else if (field === 4) samples.push({ labels, ...decodeHistogram(parts), histogram: message });
    else throw new Error(`TimeSeries.${field}`);
  }
  return samples;
}

function decodeSample(parts: Map<number, Uint8Array | bigint>): Omit<ReceivedSample, 'labels'> {
  // A field whose value is 0 may be left out: Go's encoders do.
  const bits = parts.get(1) ?? 0n;
  const timestamp = parts.get(2) ?? 0n;
  if (typeof bits !== 'bigint' || typeof timestamp !== 'bigint') throw new Error('Sample');
  return { bits, timestampMs: BigInt.asIntN(64, timestamp) };
}

function decodeHistogram(parts: Map<number, Uint8Array | bigint>): Omit<ReceivedSample, 'labels'> {
  const sum = parts.get(3) ?? 0n;
  const timestamp = parts.get(15);
  if (typeof sum !== 'bigint' || typeof timestamp !== 'bigint') throw new Error('Histogram');
  return { bits: sum, timestampMs: BigInt.asIntN(64, timestamp) };
}

function textOf(value: Uint8Array | bigint | undefined): string {
  if (!(value instanceof Uint8Array)) throw new Error('Label');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
}

function fieldsOf(bytes: Uint8Array): [field: number, value: Uint8Array | bigint][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: [number, Uint8Array | bigint][] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) {
      fields.push([tag >> 3, varint()]);
    } else if ((tag & 7) === 1) {
      fields.push([tag >> 3, view.getBigUint64(at, true)]);
      at += 8;
    } else if ((tag & 7) === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('a message is cut short');
      fields.push([tag >> 3, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`wire type ${tag & 7}`);
  }
  return fields;
}
