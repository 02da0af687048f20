import type { Agent } from '@prom-agent/core';
import fastifyPlugin from 'fastify-plugin';
import { plugin } from './fastify-plugin.js';

export type { PromAgentOptions } from './fastify-plugin.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The agent that lives in this app. */
    promAgent: Agent;
  }
  interface FastifyContextConfig {
    /** False leaves the route's requests out of the metrics. */
    promAgent?: boolean;
  }
}

/** `await app.register(promAgent, options)`; see {@link PromAgentOptions}. */
export const promAgent = fastifyPlugin(plugin, { fastify: '5.x', name: '@prom-agent/fastify' });

// biome-ignore lint/style/noDefaultExport: Fastify's users register what a plugin exports by default.
export default promAgent;
