import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { BatchHistograms, ScrapeBatch } from '../../outputs/scrape-batch.js';
import type { FromShard, ToShard } from '../../scrape/messages.js';
import { type FederatedSample, type FederationBlock, gatherFederation } from './gather.js';
import { parseSelectors } from './selector.js';

type FederationMessage = Extract<ToShard, { type: `federate${string}` }>;

export interface FederationServerOptions {
  /** The last batch of each target of the thread. */
  batches(): Iterable<ScrapeBatch>;
  externalLabels(): Readonly<Record<string, string>>;
  readonly clock: Clock;
  post(message: FromShard): void;
}

/**
 * The thread's end of /federate: one block goes out for each that the main thread asks for, so a slow
 * reader holds up nothing and fills no memory but its own.
 */
export class FederationServer {
  readonly #options: FederationServerOptions;
  readonly #running = new Map<number, AsyncGenerator<FederationBlock, void, undefined>>();

  constructor(options: FederationServerOptions) {
    this.#options = options;
  }

  handle(message: FederationMessage): void {
    const { id } = message;
    if (message.type === 'federate') {
      this.#running.set(id, this.#gather(message));
    }
    if (message.type === 'federate-cancel') this.#running.delete(id);
    else void this.#advance(id);
  }

  close(): void {
    this.#running.clear();
  }

  async *#gather({ match, format, nowMs }: Extract<ToShard, { type: 'federate' }>) {
    const { batches, externalLabels, clock } = this.#options;
    const selectors = parseSelectors(match);
    const asked = { selectors, format, nowMs, clock, externalLabels: externalLabels() };
    yield* gatherFederation(targets(batches()), asked);
  }

  async #advance(id: number): Promise<void> {
    const { post } = this.#options;
    try {
      const next = await this.#running.get(id)?.next();
      if (next === undefined) return;
      const block = next.done ? undefined : next.value;
      if (block === undefined) this.#running.delete(id);
      post({ type: 'federate-block', id, block });
    } catch (error) {
      this.#running.delete(id);
      post({ type: 'federate-block', id, block: undefined, error: messageOf(error) });
    }
  }
}

function* targets(batches: Iterable<ScrapeBatch>): Generator<Iterable<FederatedSample>> {
  for (const batch of batches) yield samples(batch);
}

/** A batch holds what the last scrape had: series that went stale are not in it any more. */
function* samples(batch: ScrapeBatch): Generator<FederatedSample> {
  const { refs, values, timestampsMs } = batch;
  for (let i = 0; i < batch.count; i++) {
    const own = timestampsMs?.[i] ?? Number.NaN;
    yield {
      labelBytes: batch.series.labelBytes(refs[i]!),
      value: values[i]!,
      timestampMs: Number.isNaN(own) ? batch.timestampMs : own,
      stale: false,
    };
  }
  if (batch.histograms !== undefined) yield* histograms(batch, batch.histograms);
}

function* histograms(
  batch: ScrapeBatch,
  { count, refs, timestampsMs, samples: histogramSamples }: BatchHistograms,
): Generator<FederatedSample> {
  for (let i = 0; i < count; i++) {
    const own = timestampsMs[i]!;
    const histogram = histogramSamples[i]!;
    yield {
      labelBytes: batch.series.labelBytes(refs[i]!),
      value: histogram.sum,
      histogram,
      timestampMs: Number.isNaN(own) ? batch.timestampMs : own,
      stale: false,
    };
  }
}
