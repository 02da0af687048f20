import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { expect, it } from 'vitest';
import { varintLength, writeVarint } from '../varint.js';
import { SymbolTable } from './symbol-table.js';

/** The table as a request of nothing else. */
function messageOf(table: SymbolTable): Buffer {
  const { bytes, uncompressedBytes } = table.compressed();
  const preamble = new Uint8Array(varintLength(uncompressedBytes));
  writeVarint(preamble, 0, uncompressedBytes);
  return Buffer.from(uncompress(Buffer.concat([preamble, bytes])));
}

function symbolsIn(message: Buffer): string[] {
  const symbols: string[] = [];
  for (let at = 0; at < message.length; ) {
    const isLong = message[at + 1]! > 127;
    const length = isLong ? (message[at + 1]! & 127) | (message[at + 2]! << 7) : message[at + 1]!;
    at += isLong ? 3 : 2;
    symbols.push(message.toString('latin1', at, at + length));
    at += length;
  }
  return symbols;
}

it('holds each symbol once, the empty one first, however often it is asked for', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom('node_network_receive_bytes_total', 'node_network_receive_packets_total'),
    fc.string({ minLength: 120, maxLength: 140 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.integer({ max: 40 }), (words, uses) => {
      const table = new SymbolTable();
      const latin1 = words.map((one) => Buffer.from(one).toString('latin1'));
      const refs = latin1.map((one) => table.refOf(one));
      for (let i = 0; i < uses; i++) table.compressed();
      const symbols = symbolsIn(messageOf(table));
      expect(symbols[0]).toBe('');
      expect(new Set(symbols).size).toBe(symbols.length);
      expect(refs.map((ref) => symbols[ref])).toEqual(latin1);
    }),
  );
});

it('is smaller once it has settled', () => {
  const table = new SymbolTable();
  for (let i = 0; i < 200; i++)
    table.refOf(`node_subsystem${i % 17}_thing_${i * 7}_of_${i % 5}_total`);
  const before = table.compressed().bytes.length;
  for (let i = 0; i < 40; i++) table.compressed();
  expect(table.compressed().bytes.length).toBeLessThan(before);
});
