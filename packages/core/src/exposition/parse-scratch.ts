import { IntList } from './int-list.js';

/** What a parse notes of its body until that turns out good or bad. */
export class ParseScratch {
  /** Lines, as LineOrder has them, up to the last one that was not the expected. */
  readonly entries = new IntList();
  /** Where each series and each comment stands in the last body. */
  readonly seriesPlaces = new IntList();
  readonly commentPlaces = new IntList();
  /** Slots of series that no body had before. */
  readonly addedSeries = new IntList();
  /** Slots of comments that were not expected: held until the parse ends. */
  readonly metComments = new IntList();

  begin(): void {
    this.entries.count = 0;
    this.addedSeries.count = 0;
    this.metComments.count = 0;
  }
}

/** One serves every parse of a thread that runs in one go; one that pauses has its own. */
export const sharedScratch = new ParseScratch();
