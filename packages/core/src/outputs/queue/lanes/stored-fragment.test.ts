import { describe, expect, it } from 'vitest';
import { LoadedRecord } from '../segment-reader.js';
import { StoredFragments } from './stored-fragment.js';

function record(prefix: string, buffer = Buffer.from(prefix)): LoadedRecord {
  const made = new LoadedRecord();
  made.version = 2;
  made.prefix = buffer.subarray(0, prefix.length);
  made.prefixUncompressedBytes = prefix.length * 2;
  made.samples = 3;
  return made;
}

describe('fragments of 2.0 read back', () => {
  it('share their table of symbols when it is the same', () => {
    const fragments = new StoredFragments();
    const first = fragments.read(record('table a')).symbols;
    const other = fragments.read(record('table b')).symbols;
    expect(fragments.read(record('table a')).symbols).toBe(first);
    expect(other).not.toBe(first);
    expect(first!.compressed().uncompressedBytes).toBe(14);
  });

  it('keep their symbols when the buffer they were read into is used again', () => {
    const buffer = Buffer.from('table a');
    const { symbols } = new StoredFragments().read(record('table a', buffer));
    buffer.fill(0);
    expect(Buffer.from(symbols!.compressed().bytes).toString()).toBe('table a');
  });

  it('of 1.0 have none', () => {
    const made = record('');
    made.version = 1;
    expect(new StoredFragments().read(made).symbols).toBeUndefined();
  });
});
