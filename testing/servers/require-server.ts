import { TestRunner } from 'vitest';
import type { MissingServers } from '../skipped-servers-reporter.js';
import { isJavaServer } from './installed-env.js';
import { onPath } from './on-path.js';

declare module 'vitest' {
  interface TaskMeta {
    missingServers?: MissingServers[];
  }
}

/**
 * True when one of the programs is not on PATH, and no server that install.sh lists: what is declared next is skipped, and listed when
 * the run ends. With PROM_AGENT_REQUIRE_SERVICES=1 it is never true: a missing server fails its tests.
 *
 * @example describe.skipIf(requireServer('prometheus', 'node_exporter'))('…', () => {})
 */
export function requireServer(...programs: [string, ...string[]]): boolean {
  const { PROM_AGENT_REQUIRE_SERVICES: required } = process.env;
  if (required === '1') return false;
  const missing = programs.filter(
    (program) => onPath(program) === undefined && !isJavaServer(program),
  );
  if (missing.length === 0) return false;
  const { file, tasks } = TestRunner.getCurrentSuite();
  if (file !== undefined) {
    file.meta.missingServers ??= [];
    file.meta.missingServers.push({ programs: missing, position: tasks.length });
  }
  return true;
}
