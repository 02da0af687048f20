// What a scrape of 8,000 label sets every second does to the latency of a service: requests at a fixed
// rate, with the scraper and without it, in turns.
//
// Needs Linux, `taskset` and two cores at least; as root the client goes before everything on its core.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { difference, format, median } from '../statistics.mjs';
import { kinds, labelSets } from './kinds.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '1000' },
    accept: { type: 'string', default: 'openmetrics' },
    port: { type: 'string', default: '9520' },
    only: { type: 'string', default: '' },
    name: { type: 'string', default: 'http-scrape' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- http --part scrape [--rounds 7] [--seconds 6] [--rate 1000] [--accept openmetrics|text|protobuf] [--port 9520] [--only TEXT] [--name http-scrape]\n',
  );
  process.exit(0);
}
const barMs = 1;
const rate = Number(values.rate);
/** Of a turn, before it counts: the scraper has come by once. */
const warmUpMs = 1500;
const otherCores = `1-${availableParallelism() - 1}`;
const chosen = Object.keys(kinds).filter((kind) => kind.includes(values.only));
let hasOwnCores = true;
const columns = ['p50', 'p99', 'p999', 'max', 'gap'];

async function start(file, args = [], execArgv = []) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args.map(String), { stdio: 'inherit', execArgv });
  await once(child, 'message');
  return child;
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

/** A service's own thread has core 0, the others of its process and all else the rest. */
function pinServer({ pid }) {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const cores = Number(thread) === pid ? '0' : otherCores;
    execFileSync('taskset', ['-cp', cores, thread], { stdio: 'ignore' });
  }
}

function pinAway({ pid }) {
  execFileSync('taskset', ['-acp', otherCores, String(pid)], { stdio: 'ignore' });
}

/** As if the cores were theirs alone: services and client wait for nobody else. Root may ask for that. */
function goFirst({ pid }, priority) {
  try {
    execFileSync('chrt', ['-a', '-f', '-p', String(priority), String(pid)], { stdio: 'ignore' });
  } catch {
    hasOwnCores = false;
  }
}

async function turn(load, reader, server, isScraped) {
  const { port } = server;
  const before = await ask(server.child, 'cpu');
  if (isScraped) reader.send({ port, accept: values.accept, everyMs: 1000 });
  const count = Math.ceil((rate * (Number(values.seconds) * 1000 + warmUpMs)) / 1000);
  const found = await ask(load, { port, rate, count, fromMs: warmUpMs });
  server.sent += count;
  const scrapes = isScraped ? await ask(reader, 'stop') : [];
  const after = await ask(server.child, 'cpu');
  return { ...found, scrapes, cpuUs: (after.cpuUs - before.cpuUs) / count };
}

/** All that was sent was counted, in as many label sets as there should be. */
async function checkCounters({ kind, port, sent }) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const pattern = /^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm;
  const own = [...text.matchAll(pattern)].filter(([, labels]) => labels.includes('resource'));
  const counted = own.reduce((sum, [, , count]) => sum + Number(count), 0);
  if (own.length !== labelSets || counted !== sent) {
    throw new Error(`${kind}: ${counted} of ${sent} requests in ${own.length} label sets`);
  }
}

const load = await start('./load.mjs', [], ['--single-threaded-gc']);
const reader = await start('./reader.mjs');
const servers = [];
const found = Object.fromEntries(chosen.map((kind) => [kind, { without: [], scraped: [] }]));
try {
  for (const child of [load, reader]) pinAway(child);
  goFirst(load, 2);
  for (const [i, kind] of chosen.entries()) {
    const port = Number(values.port) + i;
    const server = { kind, port, child: await start('./server.mjs', [kind, port]), sent: 0 };
    servers.push(server);
    // All label sets twice, and until everything is compiled.
    await ask(load, { port, rate: 4000, count: labelSets * 2, fromMs: 0 });
    server.sent += labelSets * 2;
    for (let scrapes = 0; scrapes < 5; scrapes++) {
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).arrayBuffer();
      await delay(50);
    }
    // Now that it has all its threads, those of the gzip too.
    pinServer(server.child);
    goFirst(server.child, 1);
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    // Another one first each time.
    for (let i = 0; i < servers.length; i++) {
      const server = servers[(i + round) % servers.length];
      const { without, scraped } = found[server.kind];
      for (const isScraped of round % 2 === 0 ? [false, true] : [true, false]) {
        const list = isScraped ? scraped : without;
        list.push(await turn(load, reader, server, isScraped));
      }
    }
    process.stderr.write(`round ${round + 1} of ${values.rounds}\n`);
  }
  for (const server of servers) await checkCounters(server);
} finally {
  for (const { child } of servers) child.kill();
  for (const child of [load, reader]) child.kill();
}

const rows = [];
for (const [kind, turns] of Object.entries(found)) {
  for (const [name, list] of Object.entries(turns)) {
    const figures = columns.map((column) => median(list.map((one) => one[column])).toFixed(2));
    const title = `${kind}${name === 'scraped' ? ', scraped' : ''}`;
    rows.push(`${title.padEnd(40)} ${figures.map((figure) => figure.padStart(8)).join('')}`);
  }
}
process.stdout.write(
  `ms from the moment a request was due, ${rate} a second, medians of ${values.rounds} rounds of ${values.seconds} s\n` +
    `${' '.repeat(40)} ${columns.map((column) => column.padStart(8)).join('')}\n${rows.join('\n')}\n\n`,
);
if (!hasOwnCores) process.stdout.write('not root: what else runs here is in these figures\n\n');
let isGood = true;
for (const [kind, { without, scraped }] of Object.entries(found)) {
  const all = scraped.flatMap(({ scrapes }) => scrapes);
  const ms = median(all.map((one) => one.ms)).toFixed(0);
  const megabytes = (median(all.map((one) => one.bytes)) / 1e6).toFixed(1);
  const added = difference(
    scraped.map(({ p999 }) => p999),
    without.map(({ p999 }) => p999),
  );
  const isOurs = kind.startsWith('prom-agent');
  const isKept = added.median <= barMs;
  if (isOurs) isGood &&= isKept;
  const word = isKept ? 'GOOD' : 'BAD ';
  process.stdout.write(
    `${isOurs ? word : '    '} ${kind}: p99.9 ${format(added)} ms when scraped (bar: ${barMs}); a scrape took ${ms} ms, ${megabytes} MB\n`,
  );
}
writeFileSync(
  new URL(`../../results/${values.name}.json`, import.meta.url),
  `${JSON.stringify({ options: values, node: process.version, found }, undefined, 2)}\n`,
);
process.exitCode = isGood ? 0 : 1;
