import { describe, expect, it } from 'vitest';
import type { FederationBlock } from './gather.js';
import { mergeFederation } from './merge.js';

const inText = { format: 'text', escaping: 'allow-utf-8' } as const;

async function body(streams: AsyncIterable<FederationBlock>[]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of mergeFederation(streams, inText)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('mergeFederation', () => {
  async function* blocks(...names: string[]): AsyncGenerator<FederationBlock> {
    for (const [i, name] of names.entries()) {
      yield { name, bytes: Buffer.from(`${name} ${i} 1\n`) };
    }
  }

  it('merges sorted streams, each name once', async () => {
    const merged = await body([
      blocks('a', 'a', 'c', '\uffee'),
      blocks('b', 'c', '😀'),
      blocks(),
      blocks('a'),
    ]);
    expect(merged.split('\n')).toEqual([
      '# TYPE a untyped',
      'a 0 1',
      'a 1 1',
      'a 0 1',
      '# TYPE b untyped',
      'b 0 1',
      '# TYPE c untyped',
      'c 2 1',
      'c 1 1',
      '# TYPE "\uffee" untyped',
      '\uffee 3 1',
      '# TYPE "😀" untyped',
      '😀 2 1',
      '',
    ]);
  });

  it('of no streams is empty', async () => {
    expect(await body([])).toBe('');
  });

  it('takes from the streams only what its reader takes, and closes them when it stops', async () => {
    let taken = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<FederationBlock> {
      try {
        for (;;) yield { name: 'a', bytes: Buffer.alloc(40_000, String(taken++ % 10)) };
      } finally {
        closed = true;
      }
    }
    for await (const _ of mergeFederation([endless()], inText)) break;
    expect(taken).toBe(2);
    expect(closed).toBe(true);
  });

  it('fails as a whole when a stream fails, and closes the others', async () => {
    let closed = false;
    async function* good(): AsyncGenerator<FederationBlock> {
      try {
        yield { name: 'b', bytes: Buffer.from('b 1 1\n') };
      } finally {
        closed = true;
      }
    }
    async function* bad(): AsyncGenerator<FederationBlock> {
      yield { name: 'a', bytes: Buffer.from('a 1 1\n') };
      throw new Error('thread is gone');
    }
    await expect(body([good(), bad()])).rejects.toThrow('thread is gone');
    expect(closed).toBe(true);
  });
});
