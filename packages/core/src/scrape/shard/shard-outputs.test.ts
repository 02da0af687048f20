import { describe, expect, it } from 'vitest';
import type { Output } from '../../outputs/output.js';
import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import { ShardOutputs } from './shard-outputs.js';

function setUp() {
  const closed: string[] = [];
  let made = 0;
  const outputs = new ShardOutputs(({ name }) => {
    made++;
    const id = `${name}${made}`;
    return {
      name: id,
      close: async () => {
        closed.push(id);
      },
    } as unknown as Output;
  });
  const configure = (...names: string[]) => {
    outputs.configure(names.map((name) => ({ name }) as RemoteWriteOptions));
    return outputs.list.map(({ name }) => name);
  };
  return { outputs, configure, closed };
}

describe('ShardOutputs', () => {
  it('keeps what is configured as before, in the new order', () => {
    const { configure, closed } = setUp();
    expect(configure('a', 'b')).toEqual(['a1', 'b2']);
    expect(configure('c', 'b', 'a')).toEqual(['c3', 'b2', 'a1']);
    expect(closed).toEqual([]);
  });

  it('closes what is gone, once', async () => {
    const { configure, closed, outputs } = setUp();
    configure('a', 'b');
    expect(configure('b')).toEqual(['b2']);
    expect(closed).toEqual(['a1']);
    await outputs.close(0);
    expect(closed).toEqual(['a1', 'b2']);
  });

  it('two blocks that say the same are two outputs, and one of them may go', () => {
    const { configure, closed } = setUp();
    expect(configure('a', 'a')).toEqual(['a1', 'a2']);
    expect(configure('a')).toEqual(['a1']);
    expect(closed).toEqual(['a2']);
  });

  it('the list is the same object: whoever holds it sees the change', () => {
    const { configure, outputs } = setUp();
    const { list } = outputs;
    configure('a');
    expect(list).toHaveLength(1);
  });
});
