import type { ScrapeBatch } from '../scrape-batch.js';
import type { Fragment } from '../wire/fragment.js';
import { BatchEncoder, TargetTemplates } from '../wire/v1/batch-encoder.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { ValueEncoder } from './value-encoder.js';

/** Larger targets are encoded in parts of this size, so that a message can be split between them. */
const samplesPerPart = 4_000;

/** A message's value is a write request of remote write 1.0, compressed as on the wire there. */
export class RemoteWriteValue implements ValueEncoder {
  readonly isSnappy = true;
  readonly prefix = undefined;
  readonly #encoder: BatchEncoder;

  constructor({ sendNativeHistograms, sendExemplars }: KafkaWriteOptions) {
    this.#encoder = new BatchEncoder(samplesPerPart, sendNativeHistograms, sendExemplars);
  }

  get memoryBytes(): number {
    return this.#encoder.memoryBytes;
  }

  newPart(): TargetTemplates {
    return new TargetTemplates();
  }

  forget(part: TargetTemplates): void {
    this.#encoder.forget(part);
  }

  encode(batch: ScrapeBatch, part: TargetTemplates, emit: (piece: Fragment) => void): void {
    this.#encoder.encode(batch, part, emit);
  }
}
