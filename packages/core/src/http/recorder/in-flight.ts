import type { SpanContext } from './active-span.js';

/** On the monotonic clock. */
export const startMs = 0;
/** When the headers went out before the end of the response; NaN where they did not. */
export const headersMs = 1;
export const requestBytes = 2;
export const responseBytes = 3;
/** Its place in methodLabels. */
export const method = 4;

/** Fields of a request, side by side in one line of the processor's cache. */
const fieldsPerRequest = 8;

/**
 * Requests that have begun and not ended: a small number each, at which their fields begin and which
 * is used again afterwards. So a request leaves no garbage behind.
 */
export class InFlight {
  fields: Float64Array<ArrayBufferLike> = new Float64Array(64 * fieldsPerRequest);
  /** Of the request that ends now, on the monotonic clock; an array, for numbers alone are allocated. */
  readonly endMs = new Float64Array(1);
  readonly spans: (SpanContext | undefined)[] = [];
  /** The free numbers, the first `#free` of them. */
  #freeNumbers: Int32Array<ArrayBufferLike> = Int32Array.from(
    { length: 64 },
    (_, i) => i * fieldsPerRequest,
  );
  #free = 64;

  take(): number {
    if (this.#free === 0) this.#grow();
    const number = this.#freeNumbers[--this.#free] as number;
    const { fields } = this;
    fields[number + headersMs] = Number.NaN;
    fields[number + requestBytes] = 0;
    fields[number + responseBytes] = 0;
    return number;
  }

  release(number: number): void {
    this.#freeNumbers[this.#free++] = number;
  }

  /** Keeps the span of a request; most have none. */
  keepSpan(number: number, span: SpanContext): void {
    this.spans[number / fieldsPerRequest] = span;
  }

  /** The span that was kept, which then is not any more. */
  takeSpan(number: number): SpanContext | undefined {
    const { spans } = this;
    const at = number / fieldsPerRequest;
    if (at >= spans.length) return undefined;
    const span = spans[at];
    if (span !== undefined) spans[at] = undefined;
    return span;
  }

  #grow(): void {
    const { length } = this.fields;
    const larger = new Float64Array(length * 2);
    larger.set(this.fields);
    this.fields = larger;
    this.#freeNumbers = new Int32Array((length * 2) / fieldsPerRequest);
    for (let number = length; number < length * 2; number += fieldsPerRequest) {
      this.#freeNumbers[this.#free++] = number;
    }
  }
}
