import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import type { WrittenHttpClient, WrittenProxy } from '../schema/http-client.js';

/** What Prometheus checks over the fields of a http_config (common/config Validate). */
export function checkHttpClient(
  written: WrittenHttpClient,
  path: ConfigPath,
  findings: Findings,
): void {
  checkOnlyOne(credentialsOf(written), path, findings);
  checkProxy(written, path, findings);
  if (written.oauth2) checkProxy(written.oauth2, [...path, 'oauth2'], findings);
}

/** The fields of credentials that say something. */
export function credentialsOf(written: WrittenHttpClient): string[] {
  const names = [
    'basic_auth',
    'authorization',
    'oauth2',
    'bearer_token',
    'bearer_token_file',
  ] as const;
  return names.filter((name) => (written[name] ?? '') !== '');
}

/** Reports each name after the first. */
export function checkOnlyOne(names: readonly string[], path: ConfigPath, findings: Findings): void {
  const [first, ...others] = names;
  for (const name of others) {
    const one = `${fieldName(first!)} is given too, expected one way of credentials alone`;
    findings.reportName([...path, name], `${one}: remove one`);
  }
}

function checkProxy(written: WrittenProxy, path: ConfigPath, findings: Findings): void {
  const { proxy_url: url, proxy_from_environment: fromEnvironment } = written;
  const refuse = (name: string, sentence: string): void =>
    findings.reportName([...path, name], sentence);
  const environment = fieldName('proxy_from_environment');
  if (fromEnvironment && url) refuse('proxy_url', `not together with ${environment}: remove one`);
  if (written.no_proxy) {
    if (fromEnvironment) refuse('no_proxy', `not together with ${environment}: set NO_PROXY there`);
    else if (url === undefined) refuse('no_proxy', `needs ${fieldName('proxy_url')} beside it`);
  }
  const hasHeaders = Object.keys(written.proxy_connect_header ?? {}).length > 0;
  if (hasHeaders && !url && !fromEnvironment)
    refuse('proxy_connect_header', `needs ${fieldName('proxy_url')} or ${environment} beside it`);
}
