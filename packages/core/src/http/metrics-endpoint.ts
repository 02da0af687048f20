import type { ExpositionResponse, MetricsRequest } from '../agent-api.js';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { RegistryLike } from '../self/registry.js';
import { renderRegistry } from '../self/render-registry.js';
import { compressed } from './compressed.js';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The answer to /metrics: the registry as text 0.0.4, gzipped for those who accept it. */
export function metricsResponse(
  registry: RegistryLike,
  request: MetricsRequest,
  surroundings: Surroundings,
): ExpositionResponse {
  const body = renderLogged(registry, surroundings);
  const response = { status: 200, headers: { 'content-type': contentType }, body };
  return compressed(response, request.acceptEncoding);
}

// The metrics that were missing from a registry's last body: what is broken is scraped every few
// seconds, and said once.
const missingBefore = new WeakMap<RegistryLike, ReadonlySet<string>>();

async function* renderLogged(
  registry: RegistryLike,
  { clock, logger }: Surroundings,
): AsyncGenerator<Uint8Array> {
  const errors = new Map<string, unknown>();
  yield* renderRegistry(registry, {
    clock,
    onError: (metric, error) => errors.set(metric, error),
  });
  const before = missingBefore.get(registry) ?? new Set();
  for (const [metric, error] of errors) {
    if (before.has(metric)) continue;
    logger.warn({ metric, error: messageOf(error) }, 'a metric is missing from /metrics');
  }
  for (const metric of before) {
    if (!errors.has(metric)) logger.info({ metric }, 'a metric is back in /metrics');
  }
  missingBefore.set(registry, new Set(errors.keys()));
}
