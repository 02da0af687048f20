import type { Agent, RegistryLike } from '@prom-agent/core';
import type { RequestHandler } from 'express';
import { EmbeddedAgent, type PromAgentOptions } from './embedded-agent.js';

/** The middleware, with the agent behind it. */
export interface PromAgentMiddleware extends RequestHandler {
  /** Resolves with the agent when it has started; rejects with the reason why it cannot. */
  ready(): Promise<Agent>;
  /**
   * Sends what is queued until the deadline (default 10 s) and releases everything. Idempotent, and
   * not needed to let the process exit: then what is queued is lost.
   */
  close(options?: { deadlineMs?: number }): Promise<void>;
  /** The registry that was given; without one undefined until {@link ready}. */
  readonly registry: RegistryLike | undefined;
}

/**
 * Records the app's requests, serves `/metrics` and `/federate`, and runs an agent, which starts at
 * once. Mount it before everything that answers requests: `app.use(promAgent(options))`.
 *
 * It never throws into the app: what goes wrong is told to `onError` and the logger, or, where
 * neither is given, as a warning of the process.
 */
export function promAgent(options: PromAgentOptions = {}): PromAgentMiddleware {
  const embedded = new EmbeddedAgent(options);
  const handler: RequestHandler = (request, response, next) => {
    if (!embedded.handle(request, response)) next();
  };
  return Object.defineProperties(handler as PromAgentMiddleware, {
    ready: { value: () => embedded.ready() },
    close: { value: (closing?: { deadlineMs?: number }) => embedded.close(closing) },
    registry: { get: () => embedded.registry },
  });
}
