import { parseConfig } from '../config/load-config.js';
import { type ConfigProblem, configInvalid } from '../config/problems/config-problem.js';
import { PromAgentError } from '../errors.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { ReplaySource } from './replay-options.js';

const indent = 2;
const linesAround = 2;

export interface ConfigText {
  readonly text: string;
  readonly file: string;
}

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

/** A block of the configuration whose first fields are given, and whose others are in a file. */
function parseBlock(
  section: 'kafka_write' | 'remote_write',
  [first, second]: readonly string[],
  config: ConfigText = { text: '', file: '' },
) {
  const text = config.text.replace(/^\ufeff?(?:---[ \t]*\r?\n)?/, '');
  const linesBefore = config.text.slice(0, config.text.length - text.length).split('\n').length - 1;
  const around = `${section}:\n- ${first}\n  ${second}\n`;
  try {
    return parseConfig(around + text.replace(/^(?=.)/gm, ' '.repeat(indent)), config.file);
  } catch (error) {
    if (!PromAgentError.is(error) || !Array.isArray(error.data['problems'])) throw error;
    const problems: ConfigProblem[] = error.data['problems'];
    throw configInvalid(
      problems.map((problem) => moved(problem, section, linesBefore - linesAround - 1)),
    );
  }
}

function moved(problem: ConfigProblem, section: string, lines: number): ConfigProblem {
  const { line, column } = problem;
  return {
    ...problem,
    line: line === undefined ? undefined : Math.max(1, line + lines),
    column: column === undefined ? undefined : Math.max(1, column - indent),
    path: problem.path.replace(`${section}[0].`, ''),
  };
}
