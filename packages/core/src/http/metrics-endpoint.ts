import type { ExpositionResponse, MetricsRequest } from '../agent-api.js';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { RegistryLike } from '../self/registry.js';
import { renderRegistry } from '../self/render-registry.js';
import { compressed } from './compressed.js';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** The answer to /metrics: the registry as text 0.0.4, gzipped for those who accept it. */
export function metricsResponse(
  registry: RegistryLike,
  request: MetricsRequest,
  { clock, logger }: { clock: Clock; logger: Logger },
): ExpositionResponse {
  const body = renderRegistry(registry, {
    clock,
    onError: (metric, error) => {
      logger.warn({ metric, error: messageOf(error) }, 'a metric is missing from /metrics');
    },
  });
  const response = { status: 200, headers: { 'content-type': contentType }, body };
  return compressed(response, request.acceptEncoding);
}
