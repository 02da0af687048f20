// What it costs to count the requests of a service: processor time per request of servers that do the
// same, with nothing, empty hooks, prom-agent and its peers in them. All run side by side and take many
// short turns in every round.
//
// A round has processes of its own, for two processes of one program differ by as much as what is
// measured: what the engine compiles, and when, is decided anew in each. A round is: a warm-up, the
// counters asked for once in the middle of it; the turns; the counters checked. So the time of a scrape and of
// what the engine compiles for it is in no turn; what a scrape has changed for good is in all of them.
//
// Needs Linux and `taskset`, two cores at least.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { countedBy, kinds } from './kinds.mjs';
import { start, startLoad, startServer, stop, turn } from './side-by-side.mjs';
import { difference, format, median, shuffled } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    requests: { type: 'string', default: '20000' },
    turns: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '40000' },
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
    'usage: npm run bench -- http --part requests [--rounds 21] [--requests 20000] [--turns 10] [--warm-up 40000] [--connections 16] [--port 9500] [--only PATTERN] [--name http] [--add]\n',
  );
  process.exit(0);
}
const turns = Number(values.turns);
const connections = Number(values.connections);
const requestsPerTurn = Math.ceil(Number(values.requests) / turns);
const chosen = Object.keys(kinds).filter((kind) => new RegExp(values.only).test(kind));
const resultsFile = new URL(`../results/${values.name}.json`, import.meta.url);

/** A response is over a little after its client has it. */
async function checkCounter(server) {
  const { kind, sent } = server;
  if (!kinds[kind].counts) return;
  let counted = await countedBy(server);
  for (let tries = 0; counted < sent && tries < 100; tries++) counted = await countedBy(server);
  if (counted !== sent) throw new Error(`${kind} counted ${counted} of ${sent} requests`);
}

async function warmUp(load, server) {
  const half = Math.ceil(Number(values['warm-up']) / 2);
  await turn(load, server, half, connections);
  await checkCounter(server);
  await turn(load, server, half, connections);
}

/** Kind → microseconds per request, in turns whose order chance makes. */
async function takeTurns(load, servers) {
  const cpuUs = Object.fromEntries(chosen.map((kind) => [kind, 0]));
  for (let i = 0; i < turns; i++) {
    for (const server of shuffled(servers)) {
      const us = await turn(load, server, requestsPerTurn, connections);
      cpuUs[server.kind] += us / turns / requestsPerTurn;
    }
  }
  return cpuUs;
}

async function takeRound(load) {
  const servers = [];
  try {
    for (const kind of shuffled(chosen)) {
      servers.push(await startServer(kind, Number(values.port) + servers.length));
    }
    for (const server of servers) await warmUp(load, server);
    const cpuUs = await takeTurns(load, servers);
    for (const server of servers) await checkCounter(server);
    return cpuUs;
  } finally {
    for (const server of servers) await stop(server);
  }
}

/**
 * Several processes: in some the engine keeps the clock's array out of the heap, in others not. The
 * most bytes of them, and the median of their times.
 */
async function measureRecorder() {
  const found = [];
  for (let i = 0; i < 5; i++) {
    const { child, message } = await start('./recorder.mjs', [2_000_000], '0', ['--expose-gc']);
    child.disconnect();
    found.push(message);
  }
  const bytes = Math.max(...found.map((one) => one.bytes));
  return { ns: median(found.map((one) => one.ns)), bytes, processes: found };
}

const earlier = values.add && existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile)) : {};
const rounds = earlier.rounds ?? [];
const load = await startLoad();
try {
  for (let i = 1; i <= Number(values.rounds); i++) {
    rounds.push(await takeRound(load));
    process.stderr.write(`round ${i} of ${values.rounds}\n`);
  }
} finally {
  await stop(load);
}
const recorder = await measureRecorder();

/** Of the rounds that had both; undefined where none had. */
function above(kind, base) {
  const both = rounds.filter((round) => kind in round && base in round);
  if (kind === base || both.length === 0) return undefined;
  return difference(
    both.map((round) => round[kind]),
    both.map((round) => round[base]),
  );
}

const lines = Object.keys(kinds).flatMap((kind) => {
  const found = rounds.filter((round) => kind in round).map((round) => round[kind]);
  if (found.length === 0) return [];
  const aboveBase = above(kind, kinds[kind].base);
  const shown = aboveBase === undefined ? '' : format(aboveBase);
  return `${kind.padEnd(34)} ${String(found.length).padStart(3)}  ${median(found).toFixed(2).padStart(7)}   ${shown}`;
});
process.stdout.write(
  `rounds of ${values.requests} requests; µs of CPU per request, and above the bare server: median and its 95 % interval\n${lines.join('\n')}\n\n`,
);

const bars = [
  ['recorder alone', recorder.ns / 1000, 0.3, 'µs per request'],
  ['recorder alone', recorder.bytes, 10_000, 'bytes of heap over 10^6 requests'],
];
for (const framework of ['fastify', 'express', 'express 4.21']) {
  for (const [base, bar] of [
    ['bare', 1],
    ['empty hooks', 0.4],
  ]) {
    const found = above(`${framework} prom-agent`, `${framework} ${base}`);
    if (found) bars.push([`${framework} above ${base}`, found.median, bar, 'µs']);
  }
}
let isGood = true;
for (const [what, value, bar, unit] of bars) {
  const kept = value <= bar;
  isGood &&= kept;
  const shown = unit.startsWith('bytes') ? value : value.toFixed(3);
  process.stdout.write(`${kept ? 'GOOD' : 'BAD '} ${what}: ${shown} ${unit} (bar: ${bar})\n`);
}
writeFileSync(
  resultsFile,
  `${JSON.stringify({ options: values, node: process.version, recorder, rounds }, undefined, 2)}\n`,
);
process.exitCode = isGood ? 0 : 1;
