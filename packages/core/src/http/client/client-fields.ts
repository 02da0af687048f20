import {
  aFunction,
  type Fields,
  labelName,
  object,
  objectOrFlag,
  patterns,
  text,
  texts,
} from '../options/check-fields.js';
import { metricFields } from '../options/http-fields.js';
import type { ClientIgnoreOptions, ClientMetricsOptions } from './client-options.js';

/** Of {@link ClientMetricsOptions}. */
export const clientFields = {
  ...metricFields,
  errors: objectOrFlag({ name: text, help: text }),
  labelNames: object({
    method: labelName,
    server: labelName,
    port: labelName,
    route: labelName,
    statusCode: labelName,
    error: labelName,
  } satisfies Record<keyof NonNullable<ClientMetricsOptions['labelNames']>, unknown>),
  route: aFunction,
  ignore: object({
    servers: patterns,
    methods: texts,
    request: aFunction,
  } satisfies Record<keyof ClientIgnoreOptions, unknown>),
} satisfies Record<keyof ClientMetricsOptions, Fields[string]>;
