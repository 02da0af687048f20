import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryAccount } from '../memory-account.js';
import { Inflater } from './inflater.js';

const noLimit = Number.MAX_SAFE_INTEGER;

function start(memoryBytes = 1e9) {
  const memory = new MemoryAccount(memoryBytes);
  return { memory, inflater: new Inflater(memory) };
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000])(
  '%i bytes come out as they went in',
  (size) => {
    const { inflater } = start();
    const body = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7919) % 251));
    expect(Buffer.compare(inflater.inflate(gzipSync(body), noLimit), body)).toBe(0);
  },
);

test('one inflater after another body, whatever the bodies', () => {
  const { inflater } = start();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200_000, size: 'max' }), (body) => {
      expect(Buffer.compare(inflater.inflate(gzipSync(body), noLimit), body)).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('a gzip file of several members is one body', () => {
  const { inflater } = start();
  const members = Buffer.concat([gzipSync('a 1\n'), gzipSync('b 2\n')]);
  expect(Buffer.from(inflater.inflate(members, noLimit)).toString()).toBe('a 1\nb 2\n');
});

const good = gzipSync('a 1\n'.repeat(10_000));

// name, input, zlib's code
test.each([
  ['cut short', good.subarray(0, good.length - 12), 'Z_BUF_ERROR'],
  ['a header alone', good.subarray(0, 10), 'Z_BUF_ERROR'],
  ['nothing', Buffer.alloc(0), 'Z_BUF_ERROR'],
  ['text', Buffer.from('a 1\n'), 'Z_DATA_ERROR'],
  [
    'a flipped bit',
    Buffer.from(good.map((byte, i) => (i === 30 ? byte ^ 0x10 : byte))),
    'Z_DATA_ERROR',
  ],
])('%s is refused, and the next body is read all the same', (_name, input, code) => {
  const { inflater } = start();
  expect(codeOf(() => inflater.inflate(input, noLimit))).toBe(code);
  expect(inflater.inflate(good, noLimit).length).toBe(40_000);
});

test('a gzip bomb stops at the limit, and at the memory', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const limited = start();
  expect(codeOf(() => limited.inflater.inflate(bomb, 1_000_000))).toBe('ERR_BUFFER_TOO_LARGE');
  const poor = start(1_000_000);
  expect(codeOf(() => poor.inflater.inflate(bomb, noLimit))).toBe('ERR_BUFFER_TOO_LARGE');
  expect(poor.memory.usedBytes).toBeLessThanOrEqual(1_000_000);
});

test('the buffer of a large body is given back, that of ordinary ones is kept', () => {
  const { inflater, memory } = start();
  inflater.inflate(gzipSync(Buffer.alloc(50_000_000)), noLimit);
  inflater.release();
  expect(memory.usedBytes).toBe(0);
  inflater.inflate(good, noLimit);
  inflater.release();
  expect(memory.usedBytes).toBe(65_536);
});

test('slices give the bytes of one go, whatever the body, the size of a slice and what it announces', () => {
  const { memory } = start();
  const inflater = new Inflater(memory);
  const other = new Inflater(memory);
  const text = Buffer.from('other 1\n'.repeat(1000));
  const packed = gzipSync(text);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100_000, size: 'max' }),
      fc.integer({ min: 1000, max: 200_000 }),
      fc.option(fc.nat(), { nil: undefined }),
      (body, sliceBytes, announced) => {
        const members = [gzipSync(body)];
        // What stands there is the last member's size: here far from the whole.
        if (announced !== undefined) members.push(gzipSync(Buffer.alloc(announced % 10)));
        const slices = inflater.inflateSlices(Buffer.concat(members), noLimit, sliceBytes);
        let next = slices.next();
        for (; !next.done; next = slices.next()) {
          expect(Buffer.compare(other.inflate(packed, noLimit), text)).toBe(0);
        }
        expect(Buffer.compare(next.value.subarray(0, body.length), body)).toBe(0);
        expect(next.value.length).toBe(body.length + ((announced ?? 0) % 10));
      },
    ),
    { numRuns: 60 },
  );
  inflater.close();
  other.close();
  expect(memory.usedBytes).toBe(0);
});

test('a body that announces more than there is memory is inflated as far as it goes', () => {
  const { memory } = start(1_000_000);
  const inflater = new Inflater(memory);
  const body = gzipSync(Buffer.alloc(5_000_000, 'a'));
  expect(codeOf(() => [...inflater.inflateSlices(body, noLimit, 65_536)])).toBe(
    'ERR_BUFFER_TOO_LARGE',
  );
  inflater.close();
  expect(memory.usedBytes).toBe(0);
});
