import { HttpFailure } from '../http-failure.js';
import { KeptText } from './kept-text.js';

/** The head of an answer: what callers look at, and how its body ends. */
export class AnswerHead {
  status = 0;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  location: string | undefined;
  retryAfter: string | undefined;
  /** What a receiver of remote write 2.0 says it has written. */
  samplesWritten: string | undefined;
  histogramsWritten: string | undefined;
  exemplarsWritten: string | undefined;
  /** Bytes of body announced; undefined: chunked, or until the connection closes. */
  contentLength: number | undefined;
  isChunked = false;
  /** False: this connection has no further answer. */
  keepsAlive = false;
}

/** A header that is looked at. Most answers of a thread have the same value. */
interface KnownHeader {
  readonly name: string;
  readonly value: KeptText;
}

/** They by length, so that the others cost one comparison. */
const known: readonly (readonly KnownHeader[])[] = byLength([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'location',
  'retry-after',
  'transfer-encoding',
  'x-prometheus-remote-write-exemplars-written',
  'x-prometheus-remote-write-histograms-written',
  'x-prometheus-remote-write-samples-written',
]);

// RFC 9110 section 5.6.2: the characters of a token.
const isToken = new Uint8Array(256);
for (const byte of Buffer.from(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
)) {
  isToken[byte] = 1;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;

/**
 * Reads `bytes[from..to)`, the head of an HTTP/1 answer with or without its empty line (RFC 9112
 * sections 4 to 6). No string is made of a header nobody looks at. Bench: scrape.
 * @throws HttpFailure `malformed`
 */
export function parseAnswerHead(bytes: Buffer, from: number, to: number): AnswerHead {
  const head = new AnswerHead();
  let end = endOfLine(bytes, from, to);
  const isHttp11 = readStatusLine(bytes, from, end, head);
  const framing = new Framing();
  for (let at = end + 1; at < to; at = end + 1) {
    end = endOfLine(bytes, at, to);
    const lineEnd = bytes[end - 1] === carriageReturn ? end - 1 : end;
    if (lineEnd > at) readHeader(bytes, at, lineEnd, head, framing);
  }
  framing.settle(head, isHttp11);
  return head;
}

function endOfLine(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(lineFeed, from);
  return at < 0 || at > to ? to : at;
}

const protocol = Buffer.from('HTTP/1.');
const zero = 0x30;
const space = 0x20;

/** `HTTP/1.1 200 OK`; true for 1.1. Read as bytes: every scrape has one. */
function readStatusLine(bytes: Buffer, from: number, to: number, head: AnswerHead): boolean {
  const minor = (bytes[from + 7] ?? 0) - zero;
  const status = threeDigits(bytes, from + 9);
  const after = from + 12 < to ? bytes[from + 12] : space;
  const isOne =
    to - from >= 12 &&
    startsWith(bytes, from, protocol) &&
    (minor === 0 || minor === 1) &&
    bytes[from + 8] === space &&
    status >= 100 &&
    (after === space || after === carriageReturn);
  if (!isOne) {
    const text = bytes.toString('latin1', from, Math.min(to, from + 80));
    throw malformed(`status line ${quote(text)}`);
  }
  head.status = status;
  return minor === 1;
}

function startsWith(bytes: Buffer, from: number, start: Buffer): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[from + i] !== start[i]) return false;
  return true;
}

/** -1 where there are others than digits. */
function threeDigits(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from; at < from + 3; at++) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function readHeader(
  bytes: Buffer,
  from: number,
  to: number,
  head: AnswerHead,
  framing: Framing,
): void {
  let nameEnd = from;
  while (nameEnd < to && isToken[bytes[nameEnd]!] === 1) nameEnd++;
  if (nameEnd === from || nameEnd === to || bytes[nameEnd] !== colon) {
    throw malformed(`header line ${quote(bytes.toString('latin1', from, to))}`);
  }
  const header = knownHeader(bytes, from, nameEnd);
  if (header === undefined) return;
  const { name } = header;
  const value = header.value.read(bytes, nameEnd + 1, to);
  switch (name) {
    case 'content-type':
      head.contentType ??= value;
      return;
    case 'content-encoding':
      head.contentEncoding =
        head.contentEncoding === undefined ? value : `${head.contentEncoding}, ${value}`;
      return;
    case 'location':
      head.location ??= value;
      return;
    case 'retry-after':
      head.retryAfter ??= value;
      return;
    case 'connection':
    case 'content-length':
    case 'transfer-encoding':
      framing.add(name, value);
      return;
    case 'x-prometheus-remote-write-samples-written':
      head.samplesWritten ??= value;
      return;
    case 'x-prometheus-remote-write-histograms-written':
      head.histogramsWritten ??= value;
      return;
    case 'x-prometheus-remote-write-exemplars-written':
      head.exemplarsWritten ??= value;
  }
}

function knownHeader(bytes: Buffer, from: number, to: number): KnownHeader | undefined {
  const ofLength = known[to - from];
  if (ofLength === undefined) return undefined;
  for (const header of ofLength) if (isName(bytes, from, header.name)) return header;
  return undefined;
}

function isName(bytes: Buffer, from: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    // Only letters have lower case: `-` has the bit already.
    if ((bytes[from + i]! | 0x20) !== name.charCodeAt(i)) return false;
  }
  return true;
}

const digits = /^\d{1,15}$/;

/** Headers that say where the body ends. */
class Framing {
  #connection: string | undefined;
  #coding: string | undefined;
  #length: string | undefined;

  add(name: string, value: string): void {
    if (name === 'connection') this.#connection = listed(this.#connection, value);
    else if (name === 'transfer-encoding') this.#coding = listed(this.#coding, value);
    else {
      for (const one of value.split(',')) this.#addLength(one.trim());
    }
  }

  settle(head: AnswerHead, isHttp11: boolean): void {
    const connection = this.#connection ?? '';
    const keepsAlive =
      connection === 'keep-alive' ||
      (isHttp11 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection));
    if (head.status === 204 || head.status === 304) {
      // No body, whatever the headers say (RFC 9112 section 6.3).
      head.contentLength = 0;
      head.keepsAlive = keepsAlive;
    } else if (this.#coding !== undefined) {
      if (this.#coding !== 'chunked') throw malformed(`transfer coding ${quote(this.#coding)}`);
      head.isChunked = true;
      // Both at once is how requests are smuggled: the connection is not used again (section 6.3).
      head.keepsAlive = keepsAlive && this.#length === undefined;
    } else if (this.#length !== undefined) {
      head.contentLength = Number(this.#length);
      head.keepsAlive = keepsAlive;
    }
  }

  #addLength(length: string): void {
    if (!digits.test(length) || (this.#length !== undefined && this.#length !== length)) {
      throw malformed(`content length ${quote(length)}`);
    }
    this.#length = length;
  }
}

/** A header that stands there twice is a list (RFC 9110 section 5.3). */
function listed(before: string | undefined, value: string): string {
  return before === undefined ? value.toLowerCase() : `${before},${value.toLowerCase()}`;
}

function byLength(names: readonly string[]): KnownHeader[][] {
  const table: KnownHeader[][] = [];
  for (const name of names) {
    table[name.length] ??= [];
    table[name.length]!.push({ name, value: new KeptText() });
  }
  return table;
}

export function malformed(what: string): HttpFailure {
  return new HttpFailure('malformed', `the answer is no HTTP/1.1: ${what}`);
}

/** Short, and nothing a terminal would act on. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
