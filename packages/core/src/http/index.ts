// What the adapters of frameworks use. Hand-written: what is not named here is not public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath ./http.

export { recycleChunk } from '../self/chunk-pool.js';
export { registerMetric, unregisterMetric } from '../self/register-metric.js';
export { BodyStream, recycled } from './body-stream.js';
export { type FederateRequest, federateResponse, textResponse } from './federate-endpoint.js';
export { defaultBuckets, type HttpOptions } from './http-options.js';
export { createHttpRecorder, type HttpRecorder, unmatchedRoute } from './http-recorder.js';
export { type MetricsHttpRequest, metricsRequest } from './metrics-endpoint.js';
export { type TrackOptions, trackResponses } from './track-responses.js';
