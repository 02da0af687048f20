// What an agent costs the service it lives in: event-loop delay and latency of a Fastify service at a
// fixed request rate, without the agent and with one that scrapes 50,000 samples a second in its
// thread. The service's own thread has a core for itself, all else shares the others.
//
// Needs Linux and `taskset`, two cores at least.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { targetAddress } from '../scrape/targets.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '30' },
    'warm-up': { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
    targets: { type: 'string', default: '100' },
    port: { type: 'string', default: '9100' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- embedded [--rounds 3] [--seconds 30] [--warm-up 20] [--rate 500] [--targets 100] [--port 9100]\n',
  );
  process.exit(0);
}
const barMs = 1;
const hostPort = 9470;
const sinkPort = 9471;
const otherCores = `1-${availableParallelism() - 1}`;

async function start(file, args) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { stdio: 'inherit' });
  await once(child, 'message');
  return child;
}

/** The main thread has core 0, the others of the process, scrape thread included, the rest. */
function pin(pid) {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const cores = Number(thread) === pid ? '0' : otherCores;
    execFileSync('taskset', ['-cp', cores, thread], { stdio: 'ignore' });
  }
}

function pinAway({ pid }) {
  execFileSync('taskset', ['-acp', otherCores, String(pid)], { stdio: 'ignore' });
}

async function round(mode) {
  const addresses = Array.from({ length: Number(values.targets) }, (_, i) =>
    targetAddress(i, values.port),
  );
  const sinkUrl = `http://127.0.0.1:${sinkPort}/write/embedded`;
  const host = await start('./host.mjs', [mode, hostPort, sinkUrl, JSON.stringify(addresses)]);
  const load = await start('./load.mjs', [`http://127.0.0.1:${hostPort}/`, values.rate]);
  try {
    pinAway(load);
    pin(host.pid);
    await delay(Number(values['warm-up']) * 1000);
    await ask(load);
    const since = Date.now();
    await (await fetch(`http://127.0.0.1:${hostPort}/delay`)).json();
    await delay(Number(values.seconds) * 1000);
    const loop = await (await fetch(`http://127.0.0.1:${hostPort}/delay`)).json();
    const requests = await ask(load);
    const stats = await fetch(
      `http://127.0.0.1:${sinkPort}/stats/embedded?from=${since}&to=${since + values.seconds * 1000 - 6000}&interval=1000`,
    );
    const { samples } = await stats.json();
    return { loop, requests, samplesPerSecond: samples / (values.seconds - 6) };
  } finally {
    load.kill();
    host.kill();
    await once(host, 'exit');
  }
}

async function ask(load) {
  load.send('report');
  const [report] = await once(load, 'message');
  return report;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const fleet = await start('../scrape/fleet.mjs', [
  '--targets',
  values.targets,
  '--port',
  values.port,
]);
const sink = await start('../scrape/sink.mjs', ['--port', String(sinkPort)]);
for (const child of [fleet, sink]) pinAway(child);
const rounds = { without: [], agent: [] };
try {
  for (let i = 1; i <= Number(values.rounds); i++) {
    for (const mode of Object.keys(rounds)) {
      const found = await round(mode);
      rounds[mode].push(found);
      const { loop, requests, samplesPerSecond } = found;
      process.stdout.write(
        `round ${i} ${mode.padEnd(8)} loop delay p50 ${loop.p50Ms.toFixed(2)} p99 ${loop.p99Ms.toFixed(2)} max ${loop.maxMs.toFixed(1)} ms, busy ${(loop.utilization * 100).toFixed(1)} %; ` +
          `${requests.count} requests p50 ${requests.p50Ms.toFixed(2)} p99 ${requests.p99Ms.toFixed(2)} ms; ${Math.round(samplesPerSecond)} samples/s delivered\n`,
      );
    }
  }
} finally {
  fleet.kill();
  sink.kill();
}
const [without, agent] = Object.values(rounds).map((list) => median(list.map((r) => r.loop.p99Ms)));
const moved = agent - without;
process.stdout.write(
  `\np99 of the event-loop delay: ${without.toFixed(2)} ms without, ${agent.toFixed(2)} ms with the agent: ${moved.toFixed(2)} ms more (bar: ${barMs} ms) ${moved <= barMs ? 'GOOD' : 'BAD'}\n`,
);
writeFileSync(
  new URL('../results/embedded.json', import.meta.url),
  `${JSON.stringify({ options: values, rounds }, undefined, 2)}\n`,
);
process.exitCode = moved <= barMs ? 0 : 1;
