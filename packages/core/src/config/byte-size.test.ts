import { expect, test } from 'vitest';
import { parseByteSize } from './byte-size.js';

test.each([
  ['0', 0],
  ['1KB', 1024],
  ['1KiB', 1024],
  ['1.5MB', 1_572_864],
  ['10MB5KB', 10_490_880],
  ['.5KB', 512],
  ['-1KB', -1024],
  ['+1KB', 1024],
  ['7EB', 7 * 2 ** 60],
  ['8EB', undefined],
  ['1', undefined],
  ['1kb', undefined],
  ['1K', undefined],
  ['1 MB', undefined],
  ['MB', undefined],
  ['.KB', undefined],
  ['1MB1MiB', undefined],
  ['', undefined],
  ['-', undefined],
])('%j is %s bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
