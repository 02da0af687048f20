import { expect, test } from 'vitest';
import { madeSeries, toBatch } from '../made-batch.contract.js';
import { uncompress } from '../wire/uncompress.js';
import { decodeVersion1 } from '../wire/write-messages.contract.js';
import { MessageBuilder, messageHead } from './message-builder.js';
import { framesOf } from './message-frame.js';
import { RemoteWriteValue } from './remote-write-value.js';
import { seqStep, splitMessage } from './split-message.js';
import type { TakenMessage } from './taken-message.js';
import { readZigzag } from './zigzag.js';

const firstSeq = 1_700_000_000_000_000;

function messageOf(series: number): TakenMessage {
  const value = new RemoteWriteValue({
    sendNativeHistograms: true,
    sendExemplars: true,
  } as never);
  const builder = new MessageBuilder();
  const batch = toBatch({
    targetId: 'abc',
    timestampMs: 1_700_000_000_000,
    layout: 1,
    samples: madeSeries('m', series).map((labels, i) => ({ labels, value: i })),
  });
  builder.begin();
  value.encode(batch, value.newPart(), (piece) => builder.add(piece));
  const head = messageHead('abc', {});
  const { bytes } = builder.finish(head, firstSeq, 1_700_000_000_000, true);
  return { ...framesOf(Uint8Array.from(bytes))[0]!, taken: {} as never };
}

function read({ recordEnd }: TakenMessage) {
  const key = readZigzag(recordEnd, 0);
  const value = readZigzag(recordEnd, key.end + key.value);
  const body = recordEnd.subarray(value.end, value.end + value.value);
  const { series } = decodeVersion1(uncompress(body));
  return {
    seq: Number(Buffer.from(recordEnd.subarray(-16)).toString()),
    indexes: series.map(({ labels }) => Number(labels.find(([name]) => name === 'index')?.[1])),
  };
}

test.each([2, 7, 100, 1000])(
  '%i series, split as far as it goes, are all there, in order of seq',
  (count) => {
    const parts = splitMessage(messageOf(count), 'remote_write')!;
    expect(parts.reduce((sum, { samples }) => sum + samples, 0)).toBe(count);
    const all = parts.flatMap((part) => splitMessage(part, 'remote_write') ?? [part]);
    const seqs = all.map((part) => read(part).seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(all.length);
    expect(seqs[0]).toBe(firstSeq);
    expect(seqs.at(-1)).toBeLessThan(firstSeq + seqStep);
    expect(all.flatMap((part) => read(part).indexes)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    for (const part of all) expect(part.samples).toBe(read(part).indexes.length);
  },
);

test('one series cannot be split', () => {
  expect(splitMessage(messageOf(1), 'remote_write')).toBeUndefined();
});
