import type { Labels } from '../model/labels.js';
import type { TextPair } from '../model/text-pages.js';
import type { HistogramSettings } from './histogram-settings.js';

/** One endpoint to scrape, after target relabelling. Immutable: a change makes another target. */
export interface Target {
  /** First 16 hex digits of SHA-256 over job, URL and labels: see target-id.ts. */
  readonly id: string;
  readonly job: string;
  /** Absolute URL with its parameters. */
  readonly url: string;
  /** What its samples carry: relabelled, with job and instance, without any `__` label. */
  readonly labels: Labels;
  /** URL and packed labels as they are kept of a target that was discovered. */
  readonly texts?: TextPair;
  /** Before relabelling, `__meta_*` and all: for pages and the API. */
  readonly discoveredLabels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Where relabelling told this target's histograms to be read otherwise than the job's. */
  readonly histograms?: HistogramSettings | undefined;
}

/** A discovered target that is not scraped, and why. */
export interface DroppedTarget {
  readonly job: string;
  readonly discoveredLabels: Labels;
  /** `relabelling`, `no_address`, `duplicate`, `invalid` (with a message). */
  readonly reason: 'relabelling' | 'no_address' | 'duplicate' | 'invalid';
  readonly message: string;
}
