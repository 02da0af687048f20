// For jobs that push and end: it loads in a third of the time of the whole agent (Node 20.20: 48 and
// 170 ms). What is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./push`.

export { PromAgentError } from '../errors.js';
export type { PushResult } from '../outputs/pushgateway/client/push-request.js';
export { pushOnce } from './push-once.js';
export type { JobOptions, PushOnceOptions, PushOptions } from './push-options.js';
export { withJob } from './with-job.js';
