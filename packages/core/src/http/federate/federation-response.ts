import type { ExpositionResponse } from '../../agent-api.js';
import type { FederationBlock } from './gather.js';
import { mergeFederation } from './merge.js';
import { parseSelectors } from './selector.js';

/** Names are not escaped: one that is not plain stands in quotes, as Prometheus 3 asks for it. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8';

/**
 * The answer to /federate. `open` starts one stream of blocks per thread, each sorted by name; it is
 * not called when nothing is asked for, which is answered by an empty body.
 *
 * @throws PromAgentError SELECTOR_INVALID
 */
export function federationResponse(
  match: readonly string[],
  open: (match: readonly string[]) => readonly AsyncIterable<FederationBlock>[],
): ExpositionResponse {
  parseSelectors(match);
  return {
    status: 200,
    headers: { 'content-type': contentType },
    body: mergeFederation(match.length === 0 ? [] : open(match)),
  };
}
