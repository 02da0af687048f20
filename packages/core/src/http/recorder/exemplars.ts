import type { RowExemplar } from '../../self/metric-rows.js';
import type { SpanContext } from './active-span.js';

interface SeriesExemplars {
  readonly spans: (SpanContext | undefined)[];
  readonly values: Float64Array;
  /** On the monotonic clock: the wall clock is not read for each request. */
  readonly timesMs: Float64Array;
}

/** The last exemplar of each classic bucket of each series that was observed within a span. */
export class Exemplars {
  readonly #buckets: number;
  readonly #series: (SeriesExemplars | undefined)[] = [];

  /** `buckets`: with that of +Inf. */
  constructor(buckets: number) {
    this.#buckets = buckets;
  }

  set(series: number, bucket: number, span: SpanContext, value: number, timeMs: number): void {
    let found = this.#series[series];
    if (found === undefined) {
      const length = this.#buckets;
      const spans = Array.from<undefined>({ length });
      found = { spans, values: new Float64Array(length), timesMs: new Float64Array(length) };
      this.#series[series] = found;
    }
    found.spans[bucket] = span;
    found.values[bucket] = value;
    found.timesMs[bucket] = timeMs;
  }

  /** By bucket; undefined where the series has none. `originMs`: Unix time of the monotonic clock's 0. */
  read(series: number, originMs: number): (RowExemplar | undefined)[] | undefined {
    const found = this.#series[series];
    return found?.spans.map((span, bucket) => {
      if (span === undefined) return undefined;
      const labelSet = { trace_id: span.traceId, span_id: span.spanId };
      const timestamp = Math.round(originMs + (found.timesMs[bucket] as number)) / 1000;
      return { labelSet, value: found.values[bucket] as number, timestamp };
    });
  }

  remove(series: number): void {
    this.#series[series] = undefined;
  }

  reset(): void {
    this.#series.length = 0;
  }
}
