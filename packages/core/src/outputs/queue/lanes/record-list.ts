import type { Segment } from '../segment.js';

/** Where a fragment is on the disk. */
export interface RecordPlace {
  readonly segment: Segment;
  /** In the segment. */
  readonly record: number;
}

/** Which records of the durable queue a batch holds. */
export class RecordList {
  readonly #segments: Segment[] = [];
  readonly #records: number[] = [];
  readonly #samples: number[] = [];

  add(segment: Segment, record: number, samples: number): void {
    this.#segments.push(segment);
    this.#records.push(record);
    this.#samples.push(samples);
  }

  forEach(visit: (segment: Segment, record: number, samples: number) => void): void {
    for (let i = 0; i < this.#records.length; i++) {
      visit(this.#segments[i]!, this.#records[i]!, this.#samples[i]!);
    }
  }
}
