import type { DnsRecordType } from './dns-discovery-config.js';
import { encodeName, readName } from './dns-name.js';
import { ipv4Text, ipv6Text } from './ip-address-text.js';

/** One record of an answer. Names keep their final dot. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'SRV'; readonly target: string; readonly port: number }
  | { readonly type: 'MX' | 'NS'; readonly target: string }
  | { readonly type: 'CNAME' }
  | { readonly type: 'other'; readonly code: number };

export interface DnsResponse {
  /** 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, … (IANA's registry of DNS RCODEs). */
  readonly responseCode: number;
  /** Of the answer section, whatever their type, in the server's order. */
  readonly answers: readonly DnsRecord[];
}

const typeCodes: Readonly<Record<DnsRecordType, number>> = {
  A: 1,
  NS: 2,
  MX: 15,
  AAAA: 28,
  SRV: 33,
};
const cname = 5;
const opt = 41;
const internet = 1;
const headerBytes = 12;
// No packet of this size is cut into pieces on the way; what is longer comes over TCP.
const udpPayloadBytes = 1232;

/** A question, recursion desired. `edns`: answers over UDP may be longer than 512 bytes (RFC 6891). */
export function encodeQuery(id: number, name: string, type: DnsRecordType, edns: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(typeCodes[type], 0);
  question.writeUInt16BE(internet, 2);
  const option = Buffer.alloc(edns ? 11 : 0);
  if (edns) {
    option.writeUInt16BE(opt, 1);
    option.writeUInt16BE(udpPayloadBytes, 3);
  }
  return Buffer.concat([header, encodeName(name), question, option]);
}

/** Whether a datagram is the answer to the question with this id. */
export function isResponseTo(id: number, message: Buffer): boolean {
  return (
    message.length >= headerBytes &&
    message.readUInt16BE(0) === id &&
    (message.readUInt16BE(2) & 0x8000) !== 0
  );
}

/** Whether the server left out what did not fit. */
export function isTruncated(message: Buffer): boolean {
  return (message.readUInt16BE(2) & 0x0200) !== 0;
}

/** Reads a response that {@link isResponseTo} let pass. Throws an Error when it is malformed. */
export function decodeResponse(message: Buffer): DnsResponse {
  let at = headerBytes;
  for (let i = message.readUInt16BE(4); i > 0; i--) at = readName(message, at).next + 4;
  const answerCount = message.readUInt16BE(6);
  const otherCount = message.readUInt16BE(8) + message.readUInt16BE(10);
  const answers: DnsRecord[] = [];
  let responseCode = message.readUInt16BE(2) & 0x000f;
  for (let i = 0; i < answerCount + otherCount; i++) {
    const owner = readName(message, at);
    const type = message.readUInt16BE(owner.next);
    const data = owner.next + 10;
    const end = data + message.readUInt16BE(owner.next + 8);
    if (end > message.length) throw new Error('a record goes on past the message');
    if (i < answerCount) answers.push(readRecord(message, type, data, end));
    // The upper bits of a code above 15, such as BADVERS.
    else if (type === opt) responseCode |= message.readUInt8(owner.next + 4) << 4;
    at = end;
  }
  return { responseCode, answers };
}

function readRecord(message: Buffer, type: number, start: number, end: number): DnsRecord {
  switch (type) {
    case typeCodes.A:
      return { type: 'A', address: ipv4Text(sized(message.subarray(start, end), 4)) };
    case typeCodes.AAAA:
      return { type: 'AAAA', address: ipv6Text(sized(message.subarray(start, end), 16)) };
    case typeCodes.SRV: {
      const port = message.readUInt16BE(start + 4);
      return { type: 'SRV', target: readTarget(message, start + 6, end), port };
    }
    case typeCodes.MX:
      return { type: 'MX', target: readTarget(message, start + 2, end) };
    case typeCodes.NS:
      return { type: 'NS', target: readTarget(message, start, end) };
    case cname:
      return { type: 'CNAME' };
    default:
      return { type: 'other', code: type };
  }
}

/** The name that ends a record's data. */
function readTarget(message: Buffer, start: number, end: number): string {
  const { name, next } = readName(message, start);
  if (next !== end) throw new Error('a name and the record that holds it end at two places');
  return name;
}

function sized(data: Buffer, bytes: number): Buffer {
  if (data.length !== bytes) throw new Error(`an address has ${data.length} bytes, not ${bytes}`);
  return data;
}
