import type { ParsedBody } from './parsed-body.js';
import type { SeriesContext } from './series-context.js';

/** What stands at the beginning of a line. */
export const lineKind = { blank: 0, comment: 1, series: 2, end: 3 } as const;
export type LineKind = (typeof lineKind)[keyof typeof lineKind];

/**
 * The rules of one text format for one line, the way Prometheus' lexer and parser apply them. Its
 * fields say what the last `read` found; from line to line it keeps the place of a metric name, which
 * the next line mostly begins with, until `begin`.
 *
 * `length` is where the body ends: the array may be longer, and what lies behind is not looked at.
 */
export interface LineReader {
  /** Where the comment or the series text ends; of a blank line where the next line begins. */
  readonly end: number;
  /** What a TYPE line makes of the lines after it; undefined for every other line. */
  readonly context: SeriesContext | undefined;
  /** Forgets the last body. The lines that `read` is given till the next call are of one. */
  begin(): void;
  /**
   * Reads a line up to the end of its comment or series text. `view` shows the bytes of `body`, here and below. Throws
   * EXPOSITION_SYNTAX.
   */
  read(body: Uint8Array, view: DataView, start: number, length: number): LineKind;
  /**
   * Reads what follows a series text into the columns of sample `sample` and returns where the next
   * line begins; -1 when an opening brace shows that the series text goes on. Throws EXPOSITION_SYNTAX.
   */
  readValue(
    body: Uint8Array,
    view: DataView,
    at: number,
    length: number,
    out: ParsedBody,
    sample: number,
  ): number;
  /** Called when lines ran out and no `read` said `end`. Throws where the format wants an end mark. */
  checkEnd(body: Uint8Array, length: number): void;
}
