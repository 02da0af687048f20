import type { Logger } from '../logger.js';
import type { AgentConfig } from './agent-config.js';

/** Says once what of a configuration has no effect. */
export function logConfigNotes(config: AgentConfig, logger: Logger): void {
  const { unusedSections, emptyVariables, file } = config;
  if (unusedSections.length > 0) {
    const words = 'these sections of the configuration mean nothing to an agent and are not used';
    logger.info({ file, sections: unusedSections }, words);
  }
  if (emptyVariables.length > 0) {
    const words = 'external_labels name variables that the environment leaves empty';
    logger.warn({ file, variables: emptyVariables }, words);
  }
}
