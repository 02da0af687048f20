import { expect, test } from 'vitest';
import { madeSeries, toBatch } from '../made-batch.contract.js';
import { uncompress } from '../wire/uncompress.js';
import { decodeVersion1, decodeVersion2 } from '../wire/write-messages.contract.js';
import { createValueEncoder } from './create-value-encoder.js';
import { MessageBuilder, messageHead } from './message-builder.js';
import { framesOf } from './message-frame.js';
import { readZigzag } from './zigzag.js';

const head = messageHead('k', {});

/** Scrapes of two targets in turn, through one encoder: what a reader gets of each. */
test.each(['remote_write', 'remote_write_v2'] as const)(
  '%s: each message can be read by itself',
  (format) => {
    const encoder = createValueEncoder({
      format,
      sendNativeHistograms: true,
      sendExemplars: true,
    } as never);
    const builder = new MessageBuilder();
    const parts = [encoder.newPart(), encoder.newPart()];
    for (let scrape = 0; scrape < 5; scrape++) {
      for (const [i, part] of parts.entries()) {
        const timestampMs = 1_700_000_000_000 + scrape * 1000;
        const samples = madeSeries(`m${i}`, 50).map((labels, n) => ({ labels, value: n + scrape }));
        const batch = toBatch({ targetId: `${i}`, timestampMs, layout: 1, samples });
        builder.begin();
        encoder.encode(batch, part, (piece) => builder.add(piece));
        if (encoder.prefix !== undefined) builder.prepend(encoder.prefix);
        const { bytes } = builder.finish(head, 1, timestampMs, encoder.isSnappy);
        const [{ recordEnd }] = framesOf(Uint8Array.from(bytes)) as unknown as [
          { recordEnd: Uint8Array },
        ];
        const value = readZigzag(recordEnd, readZigzag(recordEnd, 0).end + 1);
        const body = uncompress(recordEnd.subarray(value.end, value.end + value.value));
        const { series } = format === 'remote_write' ? decodeVersion1(body) : decodeVersion2(body);
        expect(series).toHaveLength(50);
        series.forEach(({ labels, samples: [sample] }, n) => {
          expect(labels).toContainEqual(['__name__', `m${i}`]);
          expect(labels).toContainEqual(['index', `${n}`]);
          expect(sample?.timestampMs).toBe(BigInt(timestampMs));
          const float = new Float64Array(BigUint64Array.of(sample!.bits).buffer)[0];
          expect(float).toBe(n + scrape);
        });
      }
    }
  },
);
