import { expect, test } from 'vitest';
import { LabelEncoder } from './label-encoder.js';

function read(bytes: Uint8Array): [string, string][] {
  const labels: [string, string][] = [];
  const buffer = Buffer.from(bytes);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = varint();
    at += length;
    return buffer.toString('utf8', at - length, at);
  };
  while (at < buffer.length) {
    expect(buffer[at++]).toBe(0x0a);
    const end = varint() + at;
    expect(buffer[at++]).toBe(0x0a);
    const name = text();
    expect(buffer[at++]).toBe(0x12);
    labels.push([name, text()]);
    expect(at).toBe(end);
  }
  return labels;
}

test('labels are sorted by UTF-8 bytes, not by UTF-16 units', () => {
  const labels = new Map([
    ['\u{1F600}', 'astral'],
    ['\uFFFD', 'bmp'],
    ['b', '2'],
    ['__name__', 'm'],
    ['B', '1'],
  ]);
  expect(read(new LabelEncoder(new Map()).encode(labels)).map(([name]) => name)).toEqual([
    'B',
    '__name__',
    'b',
    '\uFFFD',
    '\u{1F600}',
  ]);
});

test('external labels are added and never overwrite', () => {
  const encoder = new LabelEncoder(
    new Map([
      ['region', 'eu'],
      ['job', 'external'],
    ]),
  );
  expect(read(encoder.encode(new Map([['job', 'own']])))).toEqual([
    ['job', 'own'],
    ['region', 'eu'],
  ]);
});

test('values longer than a varint byte, and than the scratch buffer', () => {
  const long = 'ü'.repeat(100_000);
  expect(read(new LabelEncoder(new Map()).encode(new Map([['a', long]])))).toEqual([['a', long]]);
});
