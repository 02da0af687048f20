import type { Logger } from '../logger.js';
import type { AgentConfig } from './agent-config.js';

/** Says once what of a configuration has no effect. */
export function logConfigNotes(config: AgentConfig, logger: Logger): void {
  const { unusedSections, emptyVariables, pushgatewayWrites, agent, file } = config;
  if (unusedSections.length > 0) {
    const words = 'these sections of the configuration mean nothing to an agent and are not used';
    logger.info({ file, sections: unusedSections.map(({ name }) => name) }, words);
  }
  if (emptyVariables.length > 0) {
    const words = 'external_labels name variables that the environment leaves empty';
    logger.warn({ file, variables: emptyVariables }, words);
  }
  const swept = pushgatewayWrites.filter(({ ttlMs }) => ttlMs > 0);
  if (swept.length > 0 && agent.queue === undefined) {
    const words =
      'a crash leaves groups on the Pushgateway that nobody deletes: name a directory for what this agent has pushed with agent.queue.path (--storage.path)';
    logger.info({ file, outputs: swept.map(({ name }) => name) }, words);
  }
}
