import type { PushgatewayWriteOptions } from '../../outputs/pushgateway/pushgateway-options.js';
import type { Findings } from '../problems/findings.js';
import type { WrittenPushgatewayWrite } from '../schema/root.js';
import { buildHttpClient } from './build-http-client.js';
import { freeName } from './build-remote-writes.js';
import { checkHttpClient } from './check-http-client.js';
import type { CheckedSections } from './check-sections.js';

const defaultTtlMs = 5 * 60_000;

/** The `pushgateway_write` blocks; `taken` are the names of other outputs. */
export function buildPushgatewayWrites(
  blocks: CheckedSections['pushgatewayWrites'],
  taken: readonly string[],
  folder: string,
  externalLabels: Readonly<Record<string, string>>,
  findings: Findings,
): PushgatewayWriteOptions[] {
  const names = new Map<string, unknown>(taken.map((name) => [name, undefined]));
  const pushgatewayWrites: PushgatewayWriteOptions[] = [];
  for (const [i, written] of blocks.entries()) {
    if (written === undefined) continue;
    const path = ['pushgateway_write', i];
    if (written.name && names.has(written.name)) {
      findings.report([...path, 'name'], 'another output has the same name, expected another');
    }
    const name = written.name || freeName(nameOf(written.url), names);
    names.set(name, i);
    checkHttpClient(written, path, findings);
    pushgatewayWrites.push({
      name,
      ...plainOptions(written),
      grouping: { ...groupLabels(externalLabels), ...written.grouping },
      http: buildHttpClient(written, folder),
    });
  }
  return pushgatewayWrites;
}

function plainOptions(written: WrittenPushgatewayWrite) {
  return {
    url: written.url.replace(/\/+$/, ''),
    source: written.source ?? 'self',
    method: written.method ?? 'PUT',
    job: written.job,
    intervalMs: written.interval || 15_000,
    ttlMs: written.ttl ?? defaultTtlMs,
    onClose: written.on_close ?? 'push',
    timeoutMs: written.timeout || 10_000,
    compression: written.compression ?? 'none',
    sendNativeHistograms: written.send_native_histograms ?? true,
  } as const;
}

/** Of the external labels those that a gateway takes for a group. */
function groupLabels(externalLabels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(externalLabels).filter(([name]) => name !== 'job' && !name.startsWith('__')),
  );
}

/** The URL without credentials. */
function nameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname === '/' ? origin : origin + pathname;
}
