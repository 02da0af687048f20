import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import type { NameValidation } from '../../relabel/label-name.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import { toRelabelRule } from '../schema/relabel-rule.js';
import { toMetadataOptions, toQueueOptions } from '../schema/remote-write.js';
import type { WrittenRemoteWrite } from '../schema/root.js';
import { buildHttpClient } from './build-http-client.js';
import { checkHttpClient } from './check-http-client.js';
import { checkLegacyRules } from './check-legacy-names.js';
import type { CheckedSections } from './check-sections.js';

/** The `remote_write` blocks; names, which are labels of metrics, are made unique. */
export function buildRemoteWrites(
  blocks: CheckedSections['remoteWrites'],
  folder: string,
  nameValidation: NameValidation,
  findings: Findings,
): RemoteWriteOptions[] {
  const firstByName = new Map<string, number>();
  const remoteWrites: RemoteWriteOptions[] = [];
  for (const [i, written] of blocks.entries()) {
    if (written === undefined) continue;
    const first = written.name ? firstByName.get(written.name) : undefined;
    if (first !== undefined) {
      findings.report(
        ['remote_write', i, 'name'],
        `${fieldName('remote_write')}[${first}] has the same name, expected another`,
      );
    }
    const name = written.name || freeName(nameOf(written.url), firstByName);
    firstByName.set(name, i);
    checkHttpClient(written, ['remote_write', i], findings);
    refuseUnsupported(written, ['remote_write', i], findings);
    remoteWrites.push({
      name,
      url: written.url,
      remoteTimeoutMs: written.remote_timeout || 30_000,
      headers: written.headers ?? {},
      http: buildHttpClient(written, folder),
      queue: toQueueOptions(written.queue_config ?? {}),
      ...whatToSend(written, nameValidation),
    });
    if (nameValidation === 'legacy') {
      const rules = (written.write_relabel_configs ?? []).map(toRelabelRule);
      checkLegacyRules(rules, ['remote_write', i, 'write_relabel_configs'], findings);
    }
  }
  return remoteWrites;
}

/** Only what is not the default: two blocks that ask for the same are the same. */
function whatToSend(
  written: WrittenRemoteWrite,
  nameValidation: NameValidation,
): Partial<RemoteWriteOptions> {
  const rules = (written.write_relabel_configs ?? []).map(toRelabelRule);
  const metadata = toMetadataOptions(written.metadata_config ?? {});
  return {
    ...(written.protobuf_message === protobufV2 ? { version: 2 as const } : {}),
    ...(rules.length > 0 ? { writeRelabelRules: rules, nameValidation } : {}),
    ...(written.send_exemplars ? { sendExemplars: true } : {}),
    ...(written.send_native_histograms ? { sendNativeHistograms: true } : {}),
    ...(written.round_robin_dns ? { roundRobinDns: true } : {}),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** What is right in Prometheus and asks for something the output does not do. */
function refuseUnsupported(
  written: WrittenRemoteWrite,
  path: ConfigPath,
  findings: Findings,
): void {
  if (!written.failed_request_logging) return;
  findings.reportName(
    [...path, 'failed_request_logging'],
    'this asks for what prom-agent does not support yet: remove it',
  );
}

const protobufV2 = 'io.prometheus.write.v2.Request';

/** The URL without credentials and query, which may hold a token. */
function nameOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** A name that nobody has. */
export function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`;
  return free;
}
