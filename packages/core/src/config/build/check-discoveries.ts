import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import type { WrittenDiscoveries } from '../schema/discoveries.js';
import { checkHttpClient, checkOnlyOne, credentialsOf } from './check-http-client.js';

/** What holds between the fields of discoveries, and between them and the rest of the job. */
export function checkDiscoveries(
  written: WrittenDiscoveries,
  path: ConfigPath,
  findings: Findings,
): void {
  checkTargets(written, path, findings);
  for (const [i, { files }] of (written.file_sd_configs ?? []).entries()) {
    if ((files ?? []).length > 0) continue;
    findings.expected([...path, 'file_sd_configs', i, 'files'], 'a list of at least one path');
  }
  for (const [i, entry] of (written.http_sd_configs ?? []).entries())
    checkHttpClient(entry, [...path, 'http_sd_configs', i], findings);
  checkConsul(written, [...path, 'consul_sd_configs'], findings);
}

/** Prometheus lets a path pass where rules may still take it out of the address. */
function checkTargets(written: WrittenDiscoveries, path: ConfigPath, findings: Findings): void {
  const rules = findings.tree.valueAt([...path, 'relabel_configs']);
  if (Array.isArray(rules) && rules.length > 0) return;
  for (const [i, { targets }] of (written.static_configs ?? []).entries()) {
    for (const [j, target] of (targets ?? []).entries()) {
      if (!target.includes('/')) continue;
      const how = `put the rest of a URL into ${fieldName('scheme')} and ${fieldName('metrics_path')}`;
      findings.expected([...path, 'static_configs', i, 'targets', j], `host:port alone: ${how}`);
    }
  }
}

function checkConsul(written: WrittenDiscoveries, path: ConfigPath, findings: Findings): void {
  for (const [i, entry] of (written.consul_sd_configs ?? []).entries()) {
    const at = [...path, i];
    checkHttpClient(entry, at, findings);
    const given = credentialsOf(entry);
    const user = entry.username ? 'username' : entry.password && 'password';
    if (user && given.length > 0) checkOnlyOne([given[0]!, user], at, findings);
    const sent = given.find((name) => name !== 'basic_auth');
    if (entry.token && sent !== undefined) checkOnlyOne([sent, 'token'], at, findings);
  }
}
