// What a scrape of 8,000 label sets every second does to the latency of a service: requests at a fixed
// rate, with the scraper and without it, in turns.
//
// Needs Linux, `taskset` and two cores at least; as root services and client go before everything else.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { difference, format, median } from '../statistics.mjs';
import { kinds, labelSets } from './kinds.mjs';
import { added, counted, percentile, pooled } from './latencies.mjs';
import { ask, cpuMs, goFirst, pinAway, pinServer, start } from './services.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '2000' },
    accept: { type: 'string', default: 'openmetrics' },
    port: { type: 'string', default: '9520' },
    only: { type: 'string', default: '' },
    name: { type: 'string', default: 'http-scrape' },
    add: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- http --part scrape [--rounds 12] [--seconds 3] [--rate 2000] [--accept openmetrics|text|protobuf] [--port 9520] [--only PATTERN] [--name http-scrape] [--add]\n',
  );
  process.exit(0);
}
const barMs = 1;
const rate = Number(values.rate);
const seconds = Number(values.seconds);
/** Of a window, before it counts: the scraper has come by, or what it left behind is worked off. */
const settleSeconds = 1;
/** Until the code of a scrape is compiled; a service with a scraper has that behind it after minutes. */
const warmUpScrapes = 20;
const windowMs = (settleSeconds + seconds) * 1000;
const windowRequests = (settleSeconds + seconds) * rate;
const resultsFile = new URL(`../../results/${values.name}.json`, import.meta.url);
const chosen = Object.keys(kinds).filter((kind) => new RegExp(values.only).test(kind));
let hasOwnCores = true;

function nowMs() {
  return performance.timeOrigin + performance.now();
}

/** Unix times of scrapes, one a second, in so many seconds from `startMs` on. */
function scrapeTimes(startMs, count) {
  return Array.from({ length: count }, (_, second) => startMs + 100 + second * 1000);
}

/** A window with the scraper and one without it, under one and the same load. */
async function pairOf(server, isScrapedFirst) {
  const { port, child } = server;
  const startMs = nowMs() + 300;
  const answering = ask(load, { port, rate, count: windowRequests * 2, startMs });
  const watching = watchers.map((watcher) => ask(watcher, { endMs: startMs + windowMs * 2 }));
  const windows = [];
  for (const isScraped of [isScrapedFirst, !isScrapedFirst]) {
    const beginMs = startMs + windows.length * windowMs;
    await delay(beginMs - nowMs());
    const before = cpuMs(child);
    const atMs = isScraped ? scrapeTimes(beginMs, settleSeconds + seconds) : [];
    const scrapes = await ask(reader, { port, accept: values.accept, atMs });
    await delay(beginMs + windowMs - nowMs());
    const after = cpuMs(child);
    const cpu = { main: after.main - before.main, others: after.others - before.others };
    windows.push({ isScraped, scrapes, cpu });
  }
  const { dueMs, latencies } = await answering;
  server.sent += latencies.length;
  const stalls = (await Promise.all(watching)).flat();
  const isUndisturbed = outside(stalls);
  for (const [i, window] of windows.entries()) {
    const from = i * windowRequests + settleSeconds * rate;
    const to = (i + 1) * windowRequests;
    const kept = latencies.subarray(from, to).filter((_, at) => isUndisturbed(dueMs[from + at]));
    window.counts = counted(kept);
    window.kept = kept.length / (to - from);
  }
  const [scraped, without] = windows.toSorted((a, b) => b.isScraped - a.isScraped);
  const count = scraped.scrapes.length;
  return {
    scraped: scraped.counts,
    without: without.counts,
    kept: (scraped.kept + without.kept) / 2,
    scrapes: scraped.scrapes,
    mainCpuMs: (scraped.cpu.main - without.cpu.main) / count,
    othersCpuMs: (scraped.cpu.others - without.cpu.others) / count,
    busy: without.cpu.main / windowMs,
  };
}

/**
 * Whether a request that was due at a moment met no stall of the machine: nor what one leaves behind, which is worked off
 * in the time it took. By when it was due, not by its latency: slow and fast ones are left out alike.
 */
function outside(stalls) {
  const spans = stalls.map(([from, to]) => [from - 3, to + (to - from) + 3]);
  return (dueMs) => spans.every(([from, to]) => dueMs < from || dueMs > to);
}

/** What holds the event loop while there are no requests: with a scrape in each second, and without. */
async function holdsOf({ child, port }) {
  const holds = {};
  for (const name of ['without', 'scraped']) {
    await ask(child, 'watch');
    const atMs = name === 'scraped' ? scrapeTimes(nowMs(), seconds) : [];
    await Promise.all([ask(reader, { port, accept: values.accept, atMs }), delay(seconds * 1000)]);
    holds[name] = (await ask(child, 'holds')).toSorted((a, b) => b - a).slice(0, 2000);
  }
  return holds;
}

/** All that was sent was counted, in as many label sets as there should be. */
async function checkCounters({ kind, port, sent }) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const pattern = /^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm;
  const own = [...text.matchAll(pattern)].filter(([, labels]) => labels.includes('resource'));
  const sum = own.reduce((total, [, , count]) => total + Number(count), 0);
  if (own.length !== labelSets || sum !== sent) {
    throw new Error(`${kind}: ${sum} of ${sent} requests in ${own.length} label sets`);
  }
}

async function startServer(kind, port) {
  const server = { kind, port, child: await start('./server.mjs', [kind, port]), sent: 0 };
  // All label sets twice, and until everything is compiled.
  const count = labelSets * 2;
  await ask(load, { port, rate: 4000, count, startMs: nowMs() + 100 });
  server.sent = count;
  await ask(reader, { port, accept: values.accept, atMs: Array(warmUpScrapes).fill(0) });
  // Now that it has all its threads, those of the gzip too.
  pinServer(server.child);
  hasOwnCores &&= goFirst(server.child, 1);
  return server;
}

const found = Object.fromEntries(chosen.map((kind) => [kind, { pairs: [], holds: [] }]));
pinAway(process);
const load = await start('./load.mjs', [], ['--single-threaded-gc']);
const reader = await start('./reader.mjs');
// With threads of the engine that go before everything too, they were seen to keep the cores for themselves.
const watchers = [
  await start('./stalls.mjs', [], ['--single-threaded']),
  await start('./stalls.mjs', [], ['--single-threaded']),
];
const servers = [];
try {
  for (const child of [load, reader, watchers[0]]) pinAway(child);
  pinServer(watchers[1]);
  hasOwnCores &&= goFirst(load, 2) && watchers.every((watcher) => goFirst(watcher, 3));
  for (const [i, kind] of chosen.entries()) {
    servers.push(await startServer(kind, Number(values.port) + i));
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    // Another one first each time.
    for (let i = 0; i < servers.length; i++) {
      const server = servers[(i + round) % servers.length];
      found[server.kind].pairs.push(await pairOf(server, round % 2 === 1));
    }
    process.stderr.write(`round ${round + 1} of ${values.rounds}\n`);
  }
  for (const server of servers) await checkCounters(server);
  for (const server of servers) found[server.kind].holds.push(await holdsOf(server));
} finally {
  for (const { child } of servers) child.kill();
  for (const child of [load, reader, ...watchers]) child.kill();
}

const earlier = values.add && existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile)) : {};
for (const [kind, { pairs, holds }] of Object.entries(earlier.found ?? {})) {
  const all = found[kind] ?? { pairs: [], holds: [] };
  found[kind] = { pairs: [...pairs.map(unpacked), ...all.pairs], holds: [...holds, ...all.holds] };
}
writeFileSync(
  resultsFile,
  `${JSON.stringify({ options: values, node: process.version, found: packed() })}\n`,
);

/** Most sizes have no latencies. */
function packed() {
  const sparse = (counts) => [...counts.entries()].filter(([, count]) => count > 0);
  const pack = (pair) => ({
    ...pair,
    scraped: sparse(pair.scraped),
    without: sparse(pair.without),
  });
  const entries = Object.entries(found);
  return Object.fromEntries(
    entries.map(([kind, { pairs, holds }]) => [kind, { pairs: pairs.map(pack), holds }]),
  );
}

function unpacked(pair) {
  const dense = (sparse) => {
    const counts = counted([]);
    for (const [size, count] of sparse) counts[size] = count;
    return counts;
  };
  return { ...pair, scraped: dense(pair.scraped), without: dense(pair.without) };
}

let isGood = true;
const shares = { p50: 0.5, p99: 0.99, 'p99.9': 0.999, max: 1 };
const columns = Object.keys(shares);
const widths = (texts) => texts.map((text) => text.padStart(9)).join('');
process.stdout.write(
  `ms from the moment a request was due, ${rate} a second\n${' '.repeat(40)}${widths(columns)}\n`,
);
for (const [kind, { pairs }] of Object.entries(found)) {
  for (const name of ['without', 'scraped']) {
    const figures = columns.map((column) => pooled(pairs, name, shares[column]).toFixed(2));
    const title = `${kind}${name === 'scraped' ? ', scraped' : ''}`;
    process.stdout.write(`${title.padEnd(40)}${widths(figures)}\n`);
  }
}
process.stdout.write('\n');
if (!hasOwnCores) process.stdout.write('not root: what else runs here is in these figures\n\n');
for (const [kind, { pairs, holds }] of Object.entries(found)) {
  const scrapes = pairs.flatMap((pair) => pair.scrapes);
  const of = (read) => median(pairs.map(read)).toFixed(0);
  const p999 = added(pairs, 0.999);
  const each = (name) => pairs.map((pair) => percentile(pair[name], 0.999));
  const isOurs = kind.startsWith('prom-agent');
  const isKept = p999.high <= barMs;
  if (isOurs) isGood &&= isKept;
  const longest = (name) => Math.max(...holds.flatMap((each) => each[name])).toFixed(2);
  const above = (name, ms) =>
    (
      holds
        .flatMap((each) => each[name])
        .filter((held) => held > ms)
        .reduce((a, b) => a + b, 0) /
      (holds.length * seconds)
    ).toFixed(1);
  process.stdout.write(
    [
      `${isOurs ? (isKept ? 'GOOD' : 'BAD ') : '    '} ${kind}: p99.9 ${format(p999)} ms when scraped (bar: ${barMs}), p99 ${format(added(pairs, 0.99))}; ${pairs.length} pairs of ${seconds} s, ${of((pair) => pair.kept * 100)} % of the requests met no stall of the machine`,
      `     pair by pair: p99.9 ${format(difference(each('scraped'), each('without')))}`,
      `     a scrape: ${(median(scrapes.map(({ bytes }) => bytes)) / 1e6).toFixed(2)} MB in ${median(scrapes.map(({ ms }) => ms)).toFixed(0)} ms, CPU ${of((pair) => pair.mainCpuMs)} ms of the loop's thread and ${of((pair) => pair.othersCpuMs)} ms of others; the loop's thread is busy ${of((pair) => pair.busy * 100)} % without`,
      `     the loop held at most ${longest('scraped')} ms (without a scrape ${longest('without')}); ms a second in holds above 0.5 ms: ${above('scraped', 0.5)} (${above('without', 0.5)})`,
      '',
    ].join('\n'),
  );
}
process.exitCode = isGood ? 0 : 1;
