import { type ConfigText, parseBlock } from '../config/parse-block.js';
import { configInvalid } from '../config/problems/config-problem.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { ReplaySource } from './replay-options.js';

/**
 * `kafka://b1,b2/topic?group=G`, and a file with the fields of a `kafka_write` block.
 * @throws RangeError with words on the URL; PromAgentError CONFIG_INVALID on the file
 */
export function parseReplaySource(url: string, config: ConfigText | undefined): ReplaySource {
  const { brokers, topic, group } = parseKafkaUrl(url);
  const head = [`brokers: ${JSON.stringify(brokers)}`, `topic: ${JSON.stringify(topic)}`];
  const options = parseBlock('kafka_write', head, config).kafkaWrites[0]!;
  refuseRules(options, config);
  const { clientId, sasl, tls, connectTimeoutMs, requestTimeoutMs } = options;
  return { brokers, topic, group, clientId, sasl, tls, connectTimeoutMs, requestTimeoutMs };
}

/**
 * Where to write to, and a file with the fields of a `remote_write` block: `basic_auth`, `tls_config` …
 * @throws PromAgentError CONFIG_INVALID
 */
export function parseReceiver(url: string, config: ConfigText | undefined): RemoteWriteOptions {
  const head = [`url: ${JSON.stringify(url)}`, 'name: replay'];
  const options = parseBlock('remote_write', head, config).remoteWrites[0]!;
  refuseRules(options, config);
  return options;
}

/** Nothing that would be expected to happen is passed over in silence. */
function refuseRules(
  { writeRelabelRules }: Pick<RemoteWriteOptions, 'writeRelabelRules'>,
  config: ConfigText | undefined,
): void {
  if (writeRelabelRules === undefined) return;
  const message = 'a replay changes no labels, expected none: remove it';
  const file = config?.file ?? '';
  throw configInvalid([
    { file, line: undefined, column: undefined, path: 'write_relabel_configs', message },
  ]);
}

const wrongUrl = 'expected kafka://broker:9092,broker2:9092/topic?group=name';

function parseKafkaUrl(url: string): { brokers: string[]; topic: string; group: string } {
  const [, authority, path, query] = /^kafka:\/\/([^/?#]+)\/([^/?#]+)(?:\?(.*))?$/.exec(url) ?? [];
  if (authority === undefined || path === undefined) throw new RangeError(wrongUrl);
  if (authority.includes('@')) {
    throw new RangeError(
      'a URL is seen by every user of the machine: put the credentials into --kafka.config.file',
    );
  }
  const parameters = new URLSearchParams(query ?? '');
  const group = parameters.get('group') ?? '';
  if (group === '') {
    throw new RangeError(`${wrongUrl}: the group remembers how far the replay has come`);
  }
  const unknown = [...parameters.keys()].find((name) => name !== 'group');
  if (unknown !== undefined) throw new RangeError(`${wrongUrl}, found ${unknown}=`);
  const brokers = authority.split(',').map((one) => (/:\d+$/.test(one) ? one : `${one}:9092`));
  return { brokers, topic: path, group };
}
