import { promAgent } from './express-middleware.js';

export type { PromAgentOptions } from './embedded-agent.js';
export type { PromAgentMiddleware } from './express-middleware.js';
export { promAgent };

// biome-ignore lint/style/noDefaultExport: as the sibling package for Fastify, which must.
export default promAgent;
