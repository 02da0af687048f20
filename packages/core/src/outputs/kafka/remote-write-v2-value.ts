import type { ScrapeBatch } from '../scrape-batch.js';
import type { Fragment, RequestSymbols } from '../wire/fragment.js';
import { KeptSeries, SeriesEncoding } from '../wire/v2/series-encoding.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { ValueEncoder } from './value-encoder.js';

const samplesPerPart = 4_000;

/** A message's value is a request of remote write 2.0, compressed: its symbols, then its series. */
export class RemoteWriteV2Value implements ValueEncoder {
  readonly isSnappy = true;
  readonly #encoding: SeriesEncoding;
  #symbols: RequestSymbols | undefined;

  constructor({ sendNativeHistograms, sendExemplars }: KafkaWriteOptions) {
    const kinds = { sendNativeHistograms, sendExemplars, sendMetadata: true };
    this.#encoding = new SeriesEncoding({ samplesPerPart, ...kinds });
  }

  get memoryBytes(): number {
    return this.#encoding.memoryBytes;
  }

  /** The table of the last batch, as every message needs it whole. */
  get prefix() {
    return this.#symbols?.compressed();
  }

  newPart(): KeptSeries {
    return new KeptSeries();
  }

  forget(part: KeptSeries): void {
    this.#encoding.forget(part);
  }

  encode(batch: ScrapeBatch, part: KeptSeries, emit: (piece: Fragment) => void): void {
    this.#encoding.encode(batch, part, {
      emit: (piece) => {
        this.#symbols = piece.symbols;
        emit(piece);
      },
      // A message refers to no table but its own.
      seal: () => {},
    });
  }
}
