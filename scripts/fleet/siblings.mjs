// The exporters beside the fleet and the Prometheus it delivers to: what answers already is used,
// what is installed is started, what is missing is left out.
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './ports.mjs';
import { answers, waitUntil } from './probe.mjs';

const host = '127.0.0.1';

/** Resolves with `{ address, origin }`, or undefined when there is none. */
export async function findNodeExporter(processes) {
  return await findExporter(processes, {
    name: 'node_exporter',
    port: 9100,
    programs: ['node_exporter', 'prometheus-node-exporter'],
    args: (address) => [`--web.listen-address=${address}`],
  });
}

/** The same for redis_exporter; a redis-server is started for it. */
export async function findRedisExporter(processes, scratch) {
  return await findExporter(processes, {
    name: 'redis_exporter',
    port: 9121,
    programs: ['redis_exporter', 'prometheus-redis-exporter'],
    prepare: () => startRedis(processes, scratch),
    args: (address, redis) => [`--web.listen-address=${address}`, `--redis.addr=redis://${redis}`],
  });
}

async function findExporter(processes, { name, port, programs, prepare, args }) {
  const usual = `${host}:${port}`;
  if (await answers(`http://${usual}/metrics`)) return { address: usual, origin: 'found' };
  const command = onPath(programs);
  if (command === undefined) return undefined;
  const prepared = await prepare?.();
  if (prepare !== undefined && prepared === undefined) return undefined;
  const address = `${host}:${await freePort(port)}`;
  processes.start({ name, command, args: args(address, prepared) });
  await waitUntil(`http://${address}/metrics`, name, processes);
  return { address, origin: 'started' };
}

async function startRedis(processes, scratch) {
  const command = onPath(['redis-server']);
  if (command === undefined) return undefined;
  const port = await freePort();
  const directory = path.join(scratch, 'redis');
  mkdirSync(directory);
  // Nothing is written to disk.
  const args = [
    '--port',
    port,
    '--bind',
    host,
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  processes.start({ name: 'redis-server', command, args: args.map(String) });
  return `${host}:${port}`;
}

/** Resolves with `{ url }` of a Prometheus that takes remote_write, or undefined. */
export async function startPrometheus(processes, scratch) {
  const command = onPath(['prometheus']);
  if (command === undefined) return undefined;
  const directory = path.join(scratch, 'prometheus');
  mkdirSync(directory);
  const configFile = path.join(directory, 'prometheus.yml');
  writeFileSync(configFile, '{}\n');
  const address = `${host}:${await freePort()}`;
  processes.start({
    name: 'prometheus',
    command,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
    ],
  });
  await waitUntil(`http://${address}/-/ready`, 'prometheus', processes);
  return { url: `http://${address}` };
}

/** The path of the first of the programs that is on PATH. */
function onPath(programs) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const files = programs.flatMap((program) => folders.map((folder) => path.join(folder, program)));
  return files.find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
