import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { targetAddress } from './targets.mjs';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} RunOptions
 * @property {string} folder its own, empty
 * @property {string} listen `host:port`
 * @property {string} remoteWriteUrl
 * @property {object} [kafkaWrite] a block of kafka_write, instead
 * @property {number} remoteWriteVersion 1 or 2
 * @property {number} targets
 * @property {number} port of the targets
 * @property {number} intervalMs
 *
 * @typedef {object} BenchedAgent
 * @property {string} name
 * @property {boolean} [isExtra] runs when it is asked for
 * @property {() => string | undefined} find what to execute; undefined when it is not there
 * @property {(options: RunOptions) => string[]} args writes the configuration, returns the arguments
 * @property {string} readyPath
 * @property {readonly number[]} remoteWriteVersions
 * @property {boolean} sortsLabels as the protocol wants
 */

/** @type {readonly BenchedAgent[]} */
export const allAgents = [
  promAgent({ name: 'prom-agent', isDurable: true }),
  promAgent({ name: 'prom-agent-in-memory', isDurable: false }),
  {
    name: 'vmagent',
    find: () => onPath('vmagent'),
    args: (options) => [
      `-promscrape.config=${writeScrapeConfig(options)}`,
      `-remoteWrite.url=${options.remoteWriteUrl}`,
      `-remoteWrite.tmpDataPath=${path.join(options.folder, 'data')}`,
      // Its own protocol would be something else than remote_write 1.0.
      '-remoteWrite.forcePromProto=true',
      `-httpListenAddr=${options.listen}`,
    ],
    readyPath: '/health',
    remoteWriteVersions: [1],
    // -sortLabels is off by default.
    sortsLabels: false,
  },
  {
    name: 'prometheus',
    find: () => onPath('prometheus'),
    args: (options) => [
      '--agent',
      `--config.file=${writeConfig(options, {})}`,
      `--storage.agent.path=${path.join(options.folder, 'data')}`,
      `--web.listen-address=${options.listen}`,
      '--log.level=warn',
    ],
    readyPath: '/-/ready',
    remoteWriteVersions: [1, 2],
    sortsLabels: true,
  },
];

/** @returns {BenchedAgent} */
function promAgent({ name, isDurable }) {
  return {
    name,
    isExtra: !isDurable,
    find: () => {
      const built = existsSync(path.join(repositoryRoot, 'packages/worker/dist/cli.js'));
      return built ? path.join(repositoryRoot, 'packages/worker/bin/prom-agent.js') : undefined;
    },
    args: (options) => [
      'run',
      // Its own metrics are no part of the workload.
      `--config.file=${writeConfig(options, { agent: agentBlock(options) })}`,
      ...(isDurable ? [`--storage.path=${path.join(options.folder, 'data')}`] : []),
      `--web.listen-address=${options.listen}`,
    ],
    readyPath: '/metrics',
    remoteWriteVersions: [1, 2],
    sortsLabels: true,
  };
}

/** Those that run when none is asked for. */
export const defaultAgents = allAgents.filter(({ isExtra }) => !isExtra);

/** @param {{ queue?: object }} options `queue`: of the queue on the disk */
function agentBlock({ queue }) {
  return { self: { enabled: false }, ...(queue && { queue }) };
}

/** What the agent says of its version; Debian's vmagent has none built in. */
export function versionOf(executable) {
  try {
    const output = execFileSync(executable, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return /\d+\.\d+[\w.+-]*/.exec(output)?.[0] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** A prometheus.yml; JSON is YAML. */
function writeConfig(options, more) {
  const messages = { 1: 'prometheus.WriteRequest', 2: 'io.prometheus.write.v2.Request' };
  const remoteWrite = { url: options.remoteWriteUrl };
  if (options.remoteWriteVersion !== 1) {
    remoteWrite.protobuf_message = messages[options.remoteWriteVersion];
  }
  const outputs =
    options.kafkaWrite === undefined
      ? { remote_write: [remoteWrite] }
      : { kafka_write: [options.kafkaWrite] };
  return writeFile(options, { ...scrapeConfig(options), ...outputs, ...more });
}

/** Without remote_write, which vmagent takes as flags only. */
function writeScrapeConfig(options) {
  return writeFile(options, scrapeConfig(options));
}

function scrapeConfig({ targets, port, intervalMs }) {
  const interval = `${intervalMs}ms`;
  return {
    global: { scrape_interval: interval, scrape_timeout: `${Math.min(intervalMs, 10_000)}ms` },
    scrape_configs: [
      {
        job_name: 'fleet',
        static_configs: [
          { targets: Array.from({ length: targets }, (_, index) => targetAddress(index, port)) },
        ],
      },
    ],
  };
}

function writeFile({ folder }, config) {
  const file = path.join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
