import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { freePort } from './free-port.js';

/**
 * What to answer: `answer` from the zone, `silence` nothing at all, `garbage` bytes that are no message,
 * `cut` a message that ends in the middle of a record, `truncated` over UDP nothing but the flag and
 * over TCP the whole, `truncated-always` nothing but the flag over TCP too, `close` over UDP the flag and
 * over TCP a closed connection, `forged` first an NXDOMAIN to another question and then the answer.
 */
export type DnsBehaviour =
  | 'answer'
  | 'silence'
  | 'garbage'
  | 'cut'
  | 'truncated'
  | 'truncated-always'
  | 'forged'
  | 'close';

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly transport: 'udp' | 'tcp';
}

const serverFailure = 2;
const nameError = 3;
const truncatedFlag = 0x0200;
const typeCodes: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
};

/** A name server on loopback, UDP and TCP on one port, that answers every type a name has. */
export class DnsServer {
  /**
   * Absolute names to lines of a master file (`a.example. 60 IN A 10.0.0.1`); the line `!ERR` is
   * SERVFAIL, no lines are an existing name without records, an unknown name is NXDOMAIN.
   */
  zone: Record<string, readonly string[]> = {};
  behaviour: DnsBehaviour = 'answer';
  readonly questions: DnsQuestion[] = [];
  readonly #host: string;
  readonly #port: number;
  #udp: Socket | undefined;
  #tcp: Server | undefined;
  readonly #connections = new Set<TcpSocket>();

  private constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  static async start(host = '127.0.0.1', port?: number): Promise<DnsServer> {
    const server = new DnsServer(host, port ?? (await freePort()));
    await server.listen();
    return server;
  }

  /** `host:port` */
  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  /** Listens again after {@link close}, on the same port. */
  async listen(): Promise<void> {
    this.#tcp = createServer((socket) => this.#serve(socket)).listen(this.#port, this.#host);
    await once(this.#tcp, 'listening');
    const udp = createSocket('udp4');
    this.#udp = udp;
    udp.on('message', (query, from) => {
      const response = this.#answer(query, 'udp');
      if (response === undefined) return;
      if (this.behaviour === 'forged') {
        const forged = Buffer.from(response);
        forged.writeUInt16BE(response.readUInt16BE(0) ^ 1, 0);
        forged.writeUInt16BE(0x8180 | nameError, 2);
        udp.send(forged, from.port, from.address);
      }
      udp.send(response, from.port, from.address);
    });
    udp.bind(this.#port, this.#host);
    await once(udp, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    const closed = [this.#udp, this.#tcp].map(
      (server) => server && new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.#udp = undefined;
    this.#tcp = undefined;
    await Promise.all(closed);
  }

  #serve(socket: TcpSocket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      if (this.behaviour === 'close') socket.destroy();
      const response = this.#answer(bytes.subarray(2), 'tcp');
      if (response === undefined) return;
      // In two pieces, of which the first ends in the length.
      const framed = Buffer.concat([Buffer.of(response.length >> 8, response.length), response]);
      socket.write(framed.subarray(0, 1), () => socket.write(framed.subarray(1)));
    });
  }

  #answer(query: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined {
    const { name, end } = readQuestion(query);
    this.questions.push({ name, type: query.readUInt16BE(end), transport });
    if (this.behaviour === 'silence') return undefined;
    if (this.behaviour === 'garbage') return Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0xff]);
    const question = query.subarray(12, end + 4);
    const lines = this.zone[name];
    const isError = lines?.includes('!ERR');
    const records = isError ? [] : (lines ?? []).map(encodeRecord);
    const code = isError ? serverFailure : lines === undefined ? nameError : 0;
    const whole = message(query, question, code, records);
    if (this.behaviour === 'cut') return whole.subarray(0, -3);
    const isTooLong = transport === 'udp' && whole.length > 1_232;
    const isTruncated =
      this.behaviour === 'truncated-always' ||
      (transport === 'udp' &&
        (isTooLong || this.behaviour === 'truncated' || this.behaviour === 'close'));
    return isTruncated ? message(query, question, truncatedFlag, []) : whole;
  }
}

function message(query: Buffer, question: Buffer, flags: number, records: Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

function readQuestion(query: Buffer): { name: string; end: number } {
  let name = '';
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    name += `${query.toString('utf8', at + 1, at + 1 + length)}.`;
    at += length + 1;
  }
  return { name: name === '' ? '.' : name, end: at + 1 };
}

/** A line of a master file; the owner's name points to the question, as real servers write it. */
function encodeRecord(line: string): Buffer {
  const [, ttl, , type = '', ...values] = line.split(/\s+/);
  const data = encodeData(type, values);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(typeCodes[type] ?? 0, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(Number(ttl), 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeData(type: string, values: readonly string[]): Buffer {
  const [first = ''] = values;
  const last = values.at(-1) ?? '';
  if (type === 'A') return Buffer.from(first.split('.').map(Number));
  if (type === 'AAAA') return ipv6Bytes(first);
  if (type === 'TXT') return Buffer.concat([Buffer.of(last.length), Buffer.from(last)]);
  const numbers = values.slice(0, -1).map((value) => Buffer.of(Number(value) >> 8, Number(value)));
  return Buffer.concat([...numbers, encodeName(last)]);
}

function encodeName(name: string): Buffer {
  const labels = name
    .replace(/\.$/, '')
    .split(/(?<!\\)\./)
    .filter(Boolean);
  const bytes = labels.map((label) =>
    Buffer.from(
      label.replace(/\\(\d{3}|.)/g, (_all, code) =>
        code.length === 3 ? String.fromCharCode(Number(code)) : code,
      ),
      'latin1',
    ),
  );
  return Buffer.concat([
    ...bytes.flatMap((label) => [Buffer.of(label.length), label]),
    Buffer.of(0),
  ]);
}

function ipv6Bytes(text: string): Buffer {
  const [head = [], tail = []] = text
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
