import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from '../http-failure.js';
import type { AnswerHead } from './answer-head.js';
import { AnswerReader, mostHeadBytes } from './answer-reader.js';

/** What is read of an answer that comes in pieces; `end`: the other side closes after it. */
function read(pieces: readonly string[], options: { end?: boolean } = {}) {
  let head: AnswerHead | undefined;
  const body: string[] = [];
  const reader = new AnswerReader({
    onHead: (one) => {
      head = one;
    },
    onData: (bytes) => body.push(bytes.toString('latin1')),
  });
  reader.begin();
  // A reused buffer, as a socket's: what was read before changes under the reader.
  const buffer = Buffer.alloc(Math.max(1, ...pieces.map((piece) => piece.length)));
  for (const piece of pieces) {
    if (reader.isComplete) break;
    buffer.fill('#');
    buffer.write(piece, 'latin1');
    reader.read(buffer.subarray(0, piece.length));
  }
  if (options.end === true) reader.end();
  const { isComplete, keepsAlive } = reader;
  return { head, isComplete, keepsAlive, body: body.join('') };
}

function failureOf(run: () => unknown): HttpFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof HttpFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('the end of a body', () => {
  it.each([
    ['a length', `${ok}content-length: 3\r\n\r\nabc`, 'abc', true],
    ['a length of none', `${ok}content-length: 0\r\n\r\n`, '', true],
    [
      'the same length twice',
      `${ok}content-length: 3, 3\r\nContent-Length: 3\r\n\r\nabc`,
      'abc',
      true,
    ],
    [
      'chunks',
      `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1a\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`,
      `abc${'x'.repeat(26)}`,
      true,
    ],
    [
      'chunks with extensions and trailers',
      `${ok}Transfer-Encoding: Chunked\r\n\r\n3;a=b;c="d"\r\nabc\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\n`,
      'abc',
      true,
    ],
    [
      'chunks of leading zeros',
      `${ok}transfer-encoding: chunked\r\n\r\n0003\r\nabc\r\n00\r\n\r\n`,
      'abc',
      true,
    ],
    ['no chunk', `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`, '', true],
    [
      'chunks and a length: the connection is given up',
      `${ok}content-length: 9\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      'a',
      false,
    ],
    [
      'a connection to be closed',
      `${ok}connection: Close\r\ncontent-length: 1\r\n\r\na`,
      'a',
      false,
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', 'a', false],
    [
      'HTTP/1.0 that keeps alive',
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na',
      'a',
      true,
    ],
    ['bytes behind it', `${ok}content-length: 1\r\n\r\nabc`, 'a', false],
    ['bytes behind chunks', `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1`, '', false],
    ['lines without a carriage return', 'HTTP/1.1 200 OK\ncontent-length: 1\n\na', 'a', true],
    [
      'interim answers before',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}content-length: 1\r\n\r\na`,
      'a',
      true,
    ],
    ['a status without words', 'HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na', 'a', true],
  ])('%s', (_name, answer, body, keepsAlive) => {
    expect(read([answer])).toMatchObject({ isComplete: true, body, keepsAlive });
  });

  it('the close of the connection', () => {
    const answer = `${ok}content-type: text/plain\r\n\r\nabc`;
    expect(read([answer])).toMatchObject({ isComplete: false, body: 'abc' });
    expect(read([answer], { end: true })).toMatchObject({ isComplete: true, keepsAlive: false });
  });

  it.each([
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n'],
    [
      'a redirect without a body',
      'HTTP/1.1 302 Found\r\nlocation: /a\r\ncontent-length: 0\r\n\r\n',
    ],
  ])('its head, and the connection is kept: %s', (_name, answer) => {
    expect(read([answer])).toMatchObject({ isComplete: true, keepsAlive: true, body: '' });
  });

  it('not the close of the connection where more was announced', () => {
    expect(read([`${ok}content-length: 4\r\n\r\nabc`], { end: true }).isComplete).toBe(false);
    expect(
      read([`${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc`], { end: true }).isComplete,
    ).toBe(false);
    expect(read([ok], { end: true }).isComplete).toBe(false);
  });
});

it('reads the headers that matter, of repeated ones the first', () => {
  const head = read([
    `${ok}CONTENT-TYPE:  text/plain; version=0.0.4 \r\nX-Content-Type: no\r\nLocation:/a\r\nlocation: /b\r\nContent-Encoding: gzip\r\ncontent-encoding: br\r\ncontent-length: 0\r\n\r\n`,
  ]).head;
  expect(head).toMatchObject({
    contentType: 'text/plain; version=0.0.4',
    location: '/a',
    contentEncoding: 'gzip, br',
    contentLength: 0,
  });
});

describe('refuses', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a header without a name', `${ok}: x\r\n\r\n`],
    ['a header without a colon', `${ok}content-length\r\n\r\n`],
    ['a blank before the colon', `${ok}content-length : 1\r\n\r\na`],
    ['a folded header', `${ok}x: a\r\n b\r\n\r\n`],
    ['two lengths', `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a negative length', `${ok}content-length: -1\r\n\r\n`],
    ['a length in hex', `${ok}content-length: 0x1\r\n\r\na`],
    ['a length past all memory', `${ok}content-length: 99999999999999999999\r\n\r\n`],
    ['a transfer coding within', `${ok}transfer-encoding: gzip, chunked\r\n\r\n`],
    ['chunked twice', `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a chunk without a size', `${ok}transfer-encoding: chunked\r\n\r\n\r\nabc`],
    ['a chunk size that is no number', `${ok}transfer-encoding: chunked\r\n\r\n3x\r\nabc`],
    [
      'a chunk size of fourteen digits',
      `${ok}transfer-encoding: chunked\r\n\r\n00000000000001\r\n`,
    ],
    ['a chunk longer than it says', `${ok}transfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`],
    [
      'a chunk size that ends in a bare line feed',
      `${ok}transfer-encoding: chunked\r\n\r\n3\nabc\r\n`,
    ],
  ])('%s', (_name, answer) => {
    const whole = failureOf(() => read([answer]));
    const torn = failureOf(() => read([...answer]));
    expect([whole.reason, torn.reason]).toEqual(['malformed', 'malformed']);
    expect(whole.message).toMatch(/^the answer is no HTTP\/1.1: /);
  });

  it('headers without end, in one piece or in many', () => {
    const line = `x: ${'a'.repeat(1000)}\r\n`;
    const lines = Array.from({ length: mostHeadBytes / 1000 + 1 }, () => line);
    for (const pieces of [[ok + lines.join('')], [ok, ...lines]]) {
      expect(failureOf(() => read(pieces)).message).toContain('bytes of headers');
    }
  });

  it('interim answers without end', () => {
    const hint = `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(2000)}\r\n\r\n`;
    const hints = Array.from({ length: 1000 }, () => hint);
    expect(failureOf(() => read(hints)).reason).toBe('malformed');
  });

  it('extensions and trailers without end', () => {
    const head = `${ok}transfer-encoding: chunked\r\n\r\n`;
    for (const endless of [`1;${'x'.repeat(20_000)}`, `0\r\n${'x: y\r\n'.repeat(4_000)}`]) {
      expect(failureOf(() => read([head, endless])).message).toContain('extensions and trailers');
    }
  });
});

/** A body of any bytes in any framing, as the wire has it. */
const framed = fc
  .tuple(
    fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 6 }),
    fc.constantFrom('length', 'chunked', 'close'),
    fc.array(fc.constantFrom('date: now', 'x-a: b', 'server: s'), { maxLength: 3 }),
  )
  .map(([parts, framing, more]) => {
    const body = parts.join('');
    const head = ok + more.map((line) => `${line}\r\n`).join('');
    const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
    if (framing === 'length')
      return { body, wire: `${head}content-length: ${body.length}\r\n\r\n${body}` };
    if (framing === 'close') return { body, wire: `${head}\r\n${body}` };
    return { body, wire: `${head}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n` };
  });

it('reads an answer the same however it is cut', () => {
  fc.assert(
    fc.property(framed, fc.array(fc.nat(400), { maxLength: 12 }), ({ body, wire }, cuts) => {
      const at = [...new Set(cuts.filter((cut) => cut < wire.length))].sort((a, b) => a - b);
      const pieces = [0, ...at].map((from, i) => wire.slice(from, at[i] ?? wire.length));
      expect(read(pieces, { end: true })).toMatchObject({ isComplete: true, body });
    }),
    { numRuns: 500 },
  );
});

it('is complete at no byte before the last', () => {
  fc.assert(
    fc.property(framed, ({ wire }) => {
      const isUntilClose = !/content-length|chunked/.test(wire);
      for (let length = 0; length < wire.length; length++) {
        const { isComplete, head } = read([wire.slice(0, length)], { end: true });
        expect(isComplete).toBe(isUntilClose && head !== undefined);
      }
    }),
    { numRuns: 60 },
  );
});

it('throws nothing but its failures on arbitrary bytes', () => {
  const bytes = fc.string({ unit: 'binary-ascii', maxLength: 300 });
  const starts = fc.constantFrom('', ok, `${ok}transfer-encoding: chunked\r\n\r\n`);
  fc.assert(
    fc.property(starts, bytes, (start, rest) => {
      try {
        read([start, rest]);
      } catch (error) {
        expect(error).toBeInstanceOf(HttpFailure);
      }
    }),
    { numRuns: 1000 },
  );
});
