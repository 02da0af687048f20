import type { ExpositionResponse } from '../../agent-api.js';
import type { RenderFormat } from '../../exposition/render/exposition-writer.js';
import { federationOffers, negotiate } from '../../exposition/render/negotiate.js';
import type { FederationBlock } from './gather.js';
import { mergeFederation } from './merge.js';
import { parseSelectors } from './selector.js';

/**
 * The answer to /federate, in text or in protobuf as `accept` asks. `open` starts one stream of blocks
 * per thread, each sorted by name; it is not called when nothing is asked for, which is answered by an
 * empty body.
 *
 * @throws PromAgentError SELECTOR_INVALID
 */
export function federationResponse(
  match: readonly string[],
  accept: string | undefined,
  open: (
    match: readonly string[],
    format: RenderFormat,
  ) => readonly AsyncIterable<FederationBlock>[],
): ExpositionResponse {
  parseSelectors(match);
  const { contentType, ...format } = negotiate(accept, federationOffers);
  return {
    status: 200,
    headers: { 'content-type': contentType, vary: 'Accept, Accept-Encoding' },
    body: mergeFederation(match.length === 0 ? [] : open(match, format), format),
  };
}
