// What it costs to count the requests of a service: processor time per request of servers that do the
// same, with nothing, empty hooks, prom-agent and its peers in them. All run side by side, take many
// short turns in every round, and have their counters checked after it.
//
// Needs Linux and `taskset`, two cores at least.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countedBy, kinds } from './kinds.mjs';
import { difference, format, median, shuffled } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    requests: { type: 'string', default: '20000' },
    turns: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    port: { type: 'string', default: '9500' },
    only: { type: 'string', default: '' },
    name: { type: 'string', default: 'http' },
    add: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- http --part requests [--rounds 21] [--requests 20000] [--turns 10] [--connections 16] [--port 9500] [--only TEXT] [--name http] [--add]\n',
  );
  process.exit(0);
}
const rounds = Number(values.rounds);
const turns = Number(values.turns);
const requestsPerTurn = Math.ceil(Number(values.requests) / turns);
const chosen = Object.keys(kinds).filter((kind) => kind.includes(values.only));
const resultsFile = new URL(`../results/${values.name}.json`, import.meta.url);
// A young generation grows with what an app loads at its start, and costs the less the larger it is: a
// bare server would pay for twice as many collections as one with an agent in it.
const serverFlags = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const otherCores = `1-${availableParallelism() - 1}`;

async function start(file, args, cores, execArgv = []) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args.map(String), { stdio: 'inherit', execArgv });
  execFileSync('taskset', ['-acp', cores, String(child.pid)], { stdio: 'ignore' });
  const [message] = await once(child, 'message');
  return { child, message };
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

/** Microseconds of processor time for so many requests. */
async function turn(load, server, count) {
  const before = await ask(server.child, 'cpu');
  const question = { port: server.port, count, connections: Number(values.connections) };
  await ask(load, question);
  const after = await ask(server.child, 'cpu');
  server.sent += count;
  return after.cpuUs - before.cpuUs;
}

/** Microseconds per request of each server, which take turns in an order that chance makes. */
async function takeTurns(load, servers) {
  const cpuUs = new Map(servers.map((server) => [server, 0]));
  for (let i = 0; i < turns; i++) {
    for (const server of shuffled(servers)) {
      cpuUs.set(server, cpuUs.get(server) + (await turn(load, server, requestsPerTurn)));
    }
  }
  for (const [{ kind }, us] of cpuUs) found[kind].push(us / turns / requestsPerTurn);
}

/** A response is over a little after its client has it. */
async function checkCounters(servers) {
  for (const { kind, port, sent } of servers) {
    if (!kinds[kind].counts) continue;
    let counted = await countedBy(kind, port);
    for (let tries = 0; counted < sent && tries < 100; tries++)
      counted = await countedBy(kind, port);
    if (counted !== sent) throw new Error(`${kind} counted ${counted} of ${sent} requests`);
  }
}

async function measureRecorder() {
  const { child, message } = await start('./recorder.mjs', [10_000_000], '0', ['--expose-gc']);
  child.disconnect();
  return message;
}

const load = await start('./load.mjs', [], otherCores);
const servers = [];
const earlier = values.add && existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile)) : {};
const found = Object.fromEntries(
  chosen.map((kind) => [kind, earlier.cpuUsPerRequest?.[kind] ?? []]),
);
let recorder;
try {
  for (const [i, kind] of chosen.entries()) {
    const port = Number(values.port) + i;
    const { child } = await start('./server.mjs', [kind, port], '0', serverFlags);
    servers.push({ kind, port, child, sent: 0 });
  }
  // Until everything is compiled.
  for (const server of servers) await turn(load.child, server, 40_000);
  for (let round = 0; round < rounds; round++) {
    await takeTurns(load.child, servers);
    await checkCounters(servers);
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  recorder = await measureRecorder();
} finally {
  for (const { child } of [load, ...servers]) child.kill();
}

const lines = chosen.map((kind) => {
  const { base = kind } = kinds[kind];
  const above =
    found[base] === undefined || base === kind ? '' : format(difference(found[kind], found[base]));
  return `${kind.padEnd(28)} ${median(found[kind]).toFixed(2).padStart(7)}   ${above}`;
});
process.stdout.write(
  `µs of CPU per request, ${found[chosen[0]].length} rounds of ${values.requests} requests; above the bare server: median and its 95 % interval\n${lines.join('\n')}\n`,
);

const bars = [
  ['recorder alone', recorder.ns / 1000, 0.3, 'µs per request'],
  ['recorder alone', recorder.bytes, 10_000, 'bytes of heap over 10^6 requests'],
];
const [ours, bare, hooks] = ['prom-agent', 'bare', 'empty hooks'].map(
  (what) => found[`fastify ${what}`],
);
if (ours && bare) bars.push(['fastify above bare', difference(ours, bare).median, 1, 'µs']);
if (ours && hooks)
  bars.push(['fastify above empty hooks', difference(ours, hooks).median, 0.4, 'µs']);
process.stdout.write('\n');
let isGood = true;
for (const [what, value, bar, unit] of bars) {
  const kept = value <= bar;
  isGood &&= kept;
  const shown = unit.startsWith('bytes') ? value : value.toFixed(3);
  process.stdout.write(`${kept ? 'GOOD' : 'BAD '} ${what}: ${shown} ${unit} (bar: ${bar})\n`);
}
writeFileSync(
  resultsFile,
  `${JSON.stringify({ options: values, node: process.version, recorder, cpuUsPerRequest: found }, undefined, 2)}\n`,
);
process.exitCode = isGood ? 0 : 1;
