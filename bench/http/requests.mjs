// What it costs to count the requests of a service: processor time per request of servers that do the
// same, with nothing, empty hooks, prom-agent and its peers in them. All run side by side, take turns
// in every round, and have their counters checked after it.
//
// Needs Linux and `taskset`, two cores at least.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countedBy, kinds } from './kinds.mjs';
import { difference, format, median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    requests: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '16' },
    port: { type: 'string', default: '9500' },
    only: { type: 'string', default: '' },
    name: { type: 'string', default: 'http' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- http --part requests [--rounds 21] [--requests 20000] [--connections 16] [--port 9500] [--only TEXT] [--name http]\n',
  );
  process.exit(0);
}
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const chosen = Object.keys(kinds).filter((kind) => kind.includes(values.only));
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

/** Microseconds of processor time per request. */
async function turn(load, server, count = requests) {
  const before = await ask(server.child, 'cpu');
  const question = { port: server.port, count, connections: Number(values.connections) };
  await ask(load, question);
  const after = await ask(server.child, 'cpu');
  server.sent += count;
  return (after.cpuUs - before.cpuUs) / count;
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
const found = Object.fromEntries(chosen.map((kind) => [kind, []]));
let recorder;
try {
  for (const [i, kind] of chosen.entries()) {
    const port = Number(values.port) + i;
    const { child } = await start('./server.mjs', [kind, port], '0');
    servers.push({ kind, port, child, sent: 0 });
  }
  // Until everything is compiled.
  for (const server of servers) await turn(load.child, server, 40_000);
  for (let round = 0; round < rounds; round++) {
    // Another one first each time, the second half backwards.
    const turned = servers.map((_, i) => servers[(i + round) % servers.length]);
    for (const server of round % 2 === 0 ? turned : turned.toReversed()) {
      found[server.kind].push(await turn(load.child, server));
    }
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
  `µs of CPU per request, ${rounds} rounds of ${requests} requests; above the bare server: median and its 95 % interval\n${lines.join('\n')}\n`,
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
  new URL(`../results/${values.name}.json`, import.meta.url),
  `${JSON.stringify({ options: values, node: process.version, recorder, cpuUsPerRequest: found }, undefined, 2)}\n`,
);
process.exitCode = isGood ? 0 : 1;
