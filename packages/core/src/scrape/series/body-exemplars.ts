import type { ExpositionFormat } from '../../exposition/content-type.js';
import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { BatchExemplars } from '../../outputs/scrape-batch.js';
import { NewExemplars } from './new-exemplars.js';
import type { OutputWish } from './output-wish.js';
import type { SeriesTable } from './series-table.js';

/** The exemplars of a target's bodies, which point into the body until its samples are taken. */
export class BodyExemplars {
  readonly #table: SeriesTable;
  readonly #wish: OutputWish | undefined;
  /** Where exemplars are wanted, and there are some. */
  #body: { readonly bytes: Uint8Array; readonly format: ExpositionFormat } | undefined;
  #newOnes: NewExemplars | undefined;

  constructor(table: SeriesTable, wish: OutputWish | undefined) {
    this.#table = table;
    this.#wish = wish;
  }

  get memoryBytes(): number {
    return this.#newOnes?.memoryBytes ?? 0;
  }

  note(format: ExpositionFormat, bytes: Uint8Array, parsed: ParsedBody): void {
    const isWanted = parsed.exemplarCount > 0 && this.#wish?.isWanted === true;
    this.#body = isWanted ? { bytes, format } : undefined;
  }

  /** The body's bytes will soon be another's. */
  hold(): void {
    if (this.#body === undefined) return;
    this.#body = { bytes: new Uint8Array(this.#body.bytes), format: this.#body.format };
  }

  /** The new ones of the body, whose samples were taken. */
  take(parsed: ParsedBody): BatchExemplars | undefined {
    if (this.#body === undefined) return undefined;
    const { bytes, format } = this.#body;
    this.#body = undefined;
    this.#newOnes ??= new NewExemplars(this.#table);
    return this.#newOnes.of(parsed, bytes, format);
  }

  forget(ref: number): void {
    this.#newOnes?.forget(ref);
  }
}
