import { PromAgentError } from '../errors.js';
import { syntaxError } from './syntax-error.js';

/**
 * What {@link decodeSeries} has thrown, with the line and column of the series: `position` is where
 * its text begins in the body. Anything else comes back as it is.
 */
export function locateSeriesError(error: unknown, body: Uint8Array, position: number): unknown {
  if (!PromAgentError.is(error) || error.code !== 'EXPOSITION_SYNTAX') return error;
  return syntaxError(body, body.length, position, String(error.data['expected']));
}
