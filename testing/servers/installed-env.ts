import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What install.sh lists of what is no plain program: `KEY=value` a line. Empty when nothing is installed. */
export function installedEnv(): Readonly<Record<string, string>> {
  const { PROM_AGENT_SERVERS: prefix = '/opt/prom-agent-servers' } = process.env;
  const file = join(prefix, 'env');
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

/** Whether install.sh found a server that is started with Java: `zookeeper`, `kafka-4.1`. */
export function isJavaServer(name: string): boolean {
  const env = installedEnv();
  const key = name.toUpperCase().replaceAll(/[-.]/g, '_');
  return env['JAVA'] !== undefined && (`${key}_LIBS` in env || `${key}_CLASSPATH` in env);
}
