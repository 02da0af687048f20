// What the adapters of frameworks use. Hand-written: what is not named here is not public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath ./http.

export { recycleChunk } from '../self/chunk-pool.js';
export { BodyStream, recycled } from './body-stream.js';
export { checkEndpoints } from './check-endpoints.js';
export type { ClientIgnoreOptions, ClientMetricsOptions } from './client/client-options.js';
export type { OutgoingRequest } from './client/outgoing-request.js';
export { type ClientRequests, recordClientRequests } from './client/record-client-requests.js';
export { federateResponse, textResponse } from './federate-endpoint.js';
export { HeldRecorder } from './held-recorder.js';
export { type MetricsHttpRequest, metricsRequest } from './metrics-endpoint.js';
export { NodeHandler, type NodeHandlerOptions } from './node-handler.js';
export { askedOptions } from './options/asked-options.js';
export type {
  HttpHistogramOptions,
  HttpIgnoreOptions,
  HttpLabelValue,
  HttpOptions,
  HttpPreset,
  HttpSummaryOptions,
  HttpValueOptions,
} from './options/http-options.js';
export { defaultBuckets } from './options/presets.js';
export {
  createHttpRecorder,
  type HttpRecorder,
  type RequestEnd,
} from './recorder/http-recorder.js';
export { sendExposition } from './send-exposition.js';
export { type MetricsServer, type MetricsServerOptions, serveMetrics } from './serve-metrics.js';
export type { AppPrototypes } from './tracking/app-prototypes.js';
export { excludedRoute, type TrackOptions } from './tracking/count-request.js';
export { prepareServer } from './tracking/prepare-server.js';
export { RouteLabels } from './tracking/route-labels.js';
export { type Track, trackResponses } from './tracking/track-responses.js';
