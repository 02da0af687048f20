// What survives `kill -9`, and how fast a backlog drains. See ../README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allAgents, defaultAgents } from '../scrape/agents.mjs';
import { runDrain } from './drain.mjs';
import { runKills } from './kills.mjs';
import { startTopic } from './topic.mjs';

const usage = `usage: npm run bench -- deliver [options]
  --kills N        kills of each agent (default 100; 0: none)
  --agents A,B     of ${defaultAgents.map(({ name }) => name).join(', ')} (default: all that are there)
  --targets N      default 20
  --series N       of each target (default 100)
  --interval MS    default 1000
  --version V      remote write 1 or 2 (default 1)
  --seed N         of the random moments
  --drain MB       backlog to drain with prom-agent (default 1024; 0: none)
  --orders A,B     in which (default per_series,newest_first)
  --to kafka       kill prom-agent alone, which writes to a topic, in these orders; nothing is drained
  --name NAME      of the file in results/ (default deliver)
  --add            to the kills in that file, so that a long run can be made in pieces
`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const numbers = ['kills', 'targets', 'series', 'interval', 'version', 'seed', 'drain'];
const defaults = {
  kills: 100,
  targets: 20,
  series: 100,
  interval: 1000,
  version: 1,
  seed: 7,
  drain: 1024,
};

function readOptions() {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(numbers.map((name) => [name, { type: 'string' }])),
      agents: { type: 'string' },
      to: { type: 'string', default: 'remote_write' },
      orders: { type: 'string', default: 'per_series,newest_first' },
      name: { type: 'string', default: 'deliver' },
      add: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const { name: file, add, help, to } = values;
  const options = { ...defaults, name: file, add, help, to };
  for (const name of numbers) if (values[name] !== undefined) options[name] = Number(values[name]);
  options.orders = values.orders.split(',');
  const wanted = values.agents?.split(',');
  options.agents = allAgents.filter(
    (agent) => (wanted?.includes(agent.name) ?? !agent.isExtra) && agent.find() !== undefined,
  );
  return options;
}

async function main() {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const shared = { ...options, intervalMs: options.interval, freePort };
  const results = readResults(options);
  let killsAreGood = true;
  if (options.to === 'kafka') killsAreGood = await killWithTopic(options, shared, results);
  else {
    killsAreGood = await killAll(options, shared, results);
    await drainOurs(options, shared, results);
  }
  writeFileSync(resultsFile(options), `${JSON.stringify(results, null, 2)}\n`);
  return killsAreGood ? 0 : 1;
}

async function killAll(options, shared, results) {
  let isGood = true;
  for (const agent of options.kills > 0 ? options.agents : []) {
    const version = agent.remoteWriteVersions.includes(options.version) ? options.version : 1;
    const figures = await kill(agent, agent.name, { ...shared, version }, results);
    if (agent.name === 'prom-agent') isGood = figures.missing === 0 && figures.outOfOrder === 0;
  }
  return isGood;
}

/** With the newest first, order is not asked for. */
async function killWithTopic(options, shared, results) {
  const [ours] = allAgents;
  let isGood = true;
  for (const order of options.orders) {
    const how = { ...shared, order, startReceiver: startTopic };
    const { missing, outOfOrder } = await kill(ours, `kafka_write ${order}`, how, results);
    if (missing > 0 || (order === 'per_series' && outOfOrder > 0)) isGood = false;
  }
  return isGood;
}

async function kill(agent, name, options, results) {
  const log = (line) => process.stderr.write(`${name}: ${line}\n`);
  const figures = await runKills(agent, { ...options, log });
  const before = options.add ? results.kills[name] : undefined;
  results.kills[name] = before === undefined ? figures : sum(before, figures);
  process.stdout.write(
    `${name}: ${figures.kills} kills, ${figures.scrapes} scrapes ended a second before one: ` +
      `${figures.missing} samples missing; of the last second ${figures.lateMissing}; ` +
      `${figures.repeated} of ${figures.samples} came twice, ${figures.outOfOrder} out of order\n`,
  );
  return figures;
}

async function drainOurs(options, shared, results) {
  const [ours] = options.agents.filter(({ name }) => name === 'prom-agent');
  for (const order of options.drain > 0 && ours ? options.orders : []) {
    const log = (line) => process.stderr.write(`drain ${order}: ${line}\n`);
    const backlogBytes = options.drain * 2 ** 20;
    const figures = await runDrain(ours, { ...shared, order, backlogBytes, log });
    results.drain[order] = figures;
    process.stdout.write(
      `drain ${order}: ${figures.ratio} × the scrape rate of ${figures.scrapeRate} samples/s, ` +
        `${figures.seconds.toFixed(0)} s; fresh samples at most ${figures.freshMs} ms old\n`,
    );
  }
}

function resultsFile({ name }) {
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}.json`;
}

/** What earlier runs left, where this one adds to it. */
function readResults(options) {
  const none = { kills: {}, drain: {} };
  if (!options.add) return none;
  try {
    return JSON.parse(readFileSync(resultsFile(options), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return none;
    throw error;
  }
}

/** Of counts and lists. */
function sum(before, figures) {
  const both = {};
  for (const [name, value] of Object.entries(figures)) {
    const other = before[name] ?? (Array.isArray(value) ? [] : 0);
    both[name] = Array.isArray(value) ? [...other, ...value] : other + value;
  }
  return both;
}

process.exitCode = await main();
