import { isDeepStrictEqual } from 'node:util';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { OutputSettings, ToShard } from '../messages.js';

type KeyedJob = { key: string; job: ScrapeJob };

/** What all threads are told alike, kept for those that start later. */
export class ThreadSettings {
  readonly #post: (slot: number, message: ToShard) => void;
  readonly #slotCount: number;
  #jobs: readonly KeyedJob[] = [];
  /** They have changed to these. */
  #outputs: OutputSettings | undefined;

  constructor(slotCount: number, post: (slot: number, message: ToShard) => void) {
    this.#slotCount = slotCount;
    this.#post = post;
  }

  setOutputs(settings: OutputSettings): void {
    const { externalLabels, remoteWrites, kafkaWrites, pushgatewayWrites } = settings;
    this.#outputs = { externalLabels, remoteWrites, kafkaWrites, pushgatewayWrites };
    for (let slot = 0; slot < this.#slotCount; slot++) this.#tellOutputs(slot);
  }

  /** Returns whether a job was another, or none, before or is none now. */
  setJobs(jobs: readonly KeyedJob[]): (key: string) => boolean {
    const before = byKey(this.#jobs);
    const now = byKey(jobs);
    this.#jobs = jobs;
    for (let slot = 0; slot < this.#slotCount; slot++) this.#tellJobs(slot);
    return (key) => !isDeepStrictEqual(before.get(key), now.get(key));
  }

  /** Tells a thread that knows what it was started with. */
  tell(slot: number): void {
    this.#tellOutputs(slot);
    this.#tellJobs(slot);
  }

  #tellOutputs(slot: number): void {
    const outputs = this.#outputs;
    if (outputs !== undefined) this.#post(slot, { type: 'outputs', outputs });
  }

  #tellJobs(slot: number): void {
    this.#post(slot, { type: 'jobs', jobs: this.#jobs });
  }
}

function byKey(jobs: readonly KeyedJob[]): Map<string, ScrapeJob> {
  return new Map(jobs.map(({ key, job }) => [key, job]));
}
