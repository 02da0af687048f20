// For tools that push what others have printed: what is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./push-client`.

export { type Clock, type ClockTimer, systemClock } from '../clock.js';
export { parseHttpClient } from '../config/http-client-block.js';
export type { ConfigText } from '../config/parse-block.js';
export { PromAgentError } from '../errors.js';
export { holdProcess } from '../hold-process.js';
export { type HttpClientConfig, plainHttpClient } from '../http-client/http-client-config.js';
export { gatewayUrl } from '../outputs/pushgateway/client/gateway-url.js';
export type { PushClient, PushClientOptions } from '../outputs/pushgateway/client/push-client.js';
export { groupPath, type PushGroup } from '../outputs/pushgateway/client/push-group.js';
export type {
  PushBody,
  PushMethod,
  PushRequest,
  PushResult,
} from '../outputs/pushgateway/client/push-request.js';
export {
  pushWithRetries,
  type RetryOptions,
} from '../outputs/pushgateway/client/push-with-retries.js';
export { refusesNames } from '../outputs/pushgateway/client/refuses-names.js';
export { createPushClient } from './create-push-client.js';
export {
  type PushText,
  type PushTextOptions,
  readPushText,
  type WrongLine,
} from './text/read-push-text.js';
