import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import { toQueueOptions } from '../schema/remote-write.js';
import type { WrittenRemoteWrite } from '../schema/root.js';
import { buildHttpClient } from './build-http-client.js';
import { checkHttpClient } from './check-http-client.js';
import type { CheckedSections } from './check-sections.js';

/** The `remote_write` blocks; names, which are labels of metrics, are made unique. */
export function buildRemoteWrites(
  blocks: CheckedSections['remoteWrites'],
  folder: string,
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
      ...(written.send_native_histograms ? { sendNativeHistograms: true } : {}),
    });
  }
  return remoteWrites;
}

/** What is right in Prometheus and asks for something the output does not do. */
function refuseUnsupported(
  written: WrittenRemoteWrite,
  path: ConfigPath,
  findings: Findings,
): void {
  const { queue_config: queue, metadata_config: metadata } = written;
  const asked: Readonly<Record<string, boolean>> = {
    write_relabel_configs: (written.write_relabel_configs ?? []).length > 0,
    metadata_config: (metadata ?? undefined) !== undefined && metadata?.send !== false,
    send_exemplars: written.send_exemplars ?? false,
    protobuf_message: (written.protobuf_message ?? protobufV1) !== protobufV1,
    round_robin_dns: written.round_robin_dns ?? false,
    failed_request_logging: written.failed_request_logging ?? false,
    'queue_config.min_shards': (queue?.min_shards ?? 1) > 1,
    'queue_config.sample_age_limit': (queue?.sample_age_limit ?? 0) > 0,
  };
  for (const [name, isAsked] of Object.entries(asked)) {
    if (!isAsked) continue;
    findings.reportName(
      [...path, ...name.split('.')],
      'this asks for what prom-agent does not support yet: remove it',
    );
  }
}

const protobufV1 = 'prometheus.WriteRequest';

/** The URL without credentials and query, which may hold a token. */
function nameOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`;
  return free;
}
