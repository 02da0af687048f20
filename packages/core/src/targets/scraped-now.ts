import type { ScrapeFailureReason } from './target-status.js';

/** What a scrape on demand saw. It changes nothing of the target: no sample, no marker, no tick. */
export interface ScrapedNow {
  /** Undefined when there was no answer. */
  readonly statusCode: number | undefined;
  /** As they came, names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly durationMs: number;
  /** The first megabyte of the body, decompressed. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the whole body, decompressed. */
  readonly bodyBytes: number;
  /** Samples in the body, before metric relabelling; undefined with an `error`. */
  readonly samples: number | undefined;
  readonly error: ScrapedNowError | undefined;
}

export interface ScrapedNowError {
  readonly reason: ScrapeFailureReason;
  readonly message: string;
  /** From 1, in the body; the column in bytes. Undefined where no place in the body is wrong. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}
