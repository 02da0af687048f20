import {
  checkServiceDiscovery,
  type DiscoveredTarget,
  type Labels,
  PromAgentError,
} from '@prom-agent/core/target-check';
import { writeLines } from './write-lines.js';

/**
 * `prom-agent check service-discovery`: prints what the discoveries of a job find, as promtool does.
 * Resolves with the exit code.
 */
export async function printServiceDiscovery(
  configFile: string,
  job: string,
  timeoutMs: number,
): Promise<number> {
  try {
    const { targets, problem } = await checkServiceDiscovery(configFile, job, { timeoutMs });
    await writeLines([JSON.stringify(targets.map(described), undefined, 2)], process.stdout);
    if (problem === undefined) return 0;
    process.stderr.write(`${problem}\n`);
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
  return 1;
}

function described({ discoveredLabels, labels, error }: DiscoveredTarget): object {
  return {
    discoveredLabels: sorted(discoveredLabels),
    labels: sorted(labels),
    ...(error !== undefined && { error }),
  };
}

function sorted(labels: Labels): Record<string, string> {
  return Object.fromEntries([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}
