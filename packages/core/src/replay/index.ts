// For tools that read a topic back: what is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./replay`.

export type { ConfigText } from '../config/parse-block.js';
export { PromAgentError } from '../errors.js';
export type { KafkaFormat } from '../outputs/kafka/kafka-options.js';
export { messageFormats } from './decode/decode-message.js';
export { parseReceiver, parseReplaySource } from './parse-replay.js';
export { Replay, type ReplayParts } from './replay.js';
export type { ReplayOptions, ReplaySource } from './replay-options.js';
export type { ReplayStatus } from './replay-stats.js';
