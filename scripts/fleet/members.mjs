import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../run.mjs';

const host = '127.0.0.1';
// Every member finds the same targets under the same job, and scrapes its third of them.
const memberCount = 3;
const job = 'siblings';

export const scrapeIntervalSeconds = 5;

/**
 * The three agents of the fleet, and the files they read, written to `scratch`. `exporters` are the
 * addresses of what they scrape beside themselves, by job.
 */
export function describeMembers(ports, { scratch, exporters, remoteWriteUrl }) {
  const targetsFile = path.join(scratch, 'targets.json');
  writeJson(targetsFile, [
    { targets: Object.values(ports).map((port) => `${host}:${port}`), labels: { job: 'fleet' } },
    ...Object.entries(exporters).map(([name, address]) => ({
      targets: [address],
      labels: { job: name },
    })),
  ]);
  const service = (name, member, what) => ({
    name,
    what,
    url: `http://${host}:${ports[name]}`,
    cwd: path.join(repositoryRoot, 'examples', `${name}-service`),
    args: ['server.mjs'],
    env: {
      HOST: host,
      PORT: String(ports[name]),
      MEMBER: String(member),
      MEMBERS: String(memberCount),
      TARGETS_FILE: targetsFile,
      REMOTE_WRITE_URL: remoteWriteUrl ?? '',
    },
  });
  return [
    service('fastify', 0, 'Fastify service with the agent inside'),
    service('express', 1, 'Express service with the agent inside'),
    describeWorker(ports.worker, { scratch, targetsFile, remoteWriteUrl }),
  ];
}

function describeWorker(port, { scratch, targetsFile, remoteWriteUrl }) {
  const configFile = path.join(scratch, 'prometheus.yml');
  // JSON is YAML.
  writeJson(configFile, {
    global: { scrape_interval: `${scrapeIntervalSeconds}s`, scrape_timeout: '3s' },
    scrape_configs: [{ job_name: job, file_sd_configs: [{ files: [targetsFile] }] }],
    remote_write: remoteWriteUrl === undefined ? [] : [{ url: remoteWriteUrl }],
    pool: { name: 'fleet', engine: 'static', static: { member: 2, members: memberCount } },
  });
  return {
    name: 'worker',
    what: 'standalone worker, the command `prom-agent run`',
    url: `http://${host}:${port}`,
    cwd: scratch,
    args: [
      path.join(repositoryRoot, 'packages', 'worker', 'bin', 'prom-agent.js'),
      'run',
      `--config.file=${configFile}`,
      `--web.listen-address=${host}:${port}`,
      `--storage.path=${path.join(scratch, 'worker')}`,
      '--log.level=warn',
    ],
    env: {},
  };
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
