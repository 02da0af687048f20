import { IncomingMessage, ServerResponse } from 'node:http';
import type { AppPrototypes } from '@prom-agent/core/http';

/** What an app makes the prototypes of its requests and responses; undefined where it is no app of Express. */
export function prototypesOf(app: unknown): AppPrototypes | undefined {
  if (typeof app !== 'function') return undefined;
  const { request, response } = app as { request?: unknown; response?: unknown };
  const isApp = request instanceof IncomingMessage && response instanceof ServerResponse;
  return isApp ? { request, response } : undefined;
}
