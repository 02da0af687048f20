import type { HistogramSample } from '../../model/histogram.js';
import { MalformedMessage } from './decoded-message.js';

/** A native histogram of a JSON line. */
export function readJsonHistogram(_fields: Readonly<Record<string, unknown>>): HistogramSample {
  throw new MalformedMessage('native histograms in JSON cannot be read');
}
