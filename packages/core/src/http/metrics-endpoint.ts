import type { ExpositionResponse, MetricsRequest } from '../agent-api.js';
import type { RegistryRenderer } from '../self/registry-renderer.js';
import { compressed } from './compressed.js';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** The answer to /metrics: the registry as text 0.0.4, gzipped for those who accept it. */
export function metricsResponse(
  renderer: RegistryRenderer,
  request: MetricsRequest,
): ExpositionResponse {
  const headers = { 'content-type': contentType };
  const response = { status: 200, headers, body: renderer.render() };
  return compressed(response, request.acceptEncoding);
}
