// npm run bench -- huge: one exporter of 1,000,000 series beside 20 small targets in the same thread.
// Linux only: memory is read from /proc.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFolder, startAgent, startModule } from '../scrape/children.mjs';
import { cpuSeconds, peakRssBytes } from '../scrape/process-usage.mjs';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '1000000' },
    small: { type: 'string', default: '20' },
    scrapes: { type: 'string', default: '4' },
    interval: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
const series = Number(values.series);
const smallTargets = Number(values.small);
const scrapes = Number(values.scrapes);
const intervalMs = Number(values.interval) * 1000;
const smallIntervalMs = 1000;
/** The bars. */
const bars = { firstMs: 15_000, rssBytes: 1024 ** 3, lateMs: 100 };

if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- huge [--series 1000000] [--small 20] [--scrapes 4] [--interval 20]\n',
  );
  process.exit(0);
}

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const port = 20_000 + (process.pid % 10_000);
const exporter = await startModule(here('exporter.mjs'), [`--series=${series}`, '--port=0']);
const receiver = await startModule(here('receiver.mjs'), []);
const folder = makeFolder();
const configFile = path.join(folder, 'prometheus.yml');
const target = `127.0.0.1:${exporter.message.port}`;
const job = (name, url, interval) => ({
  job_name: name,
  metrics_path: url,
  scrape_interval: `${interval}ms`,
  scrape_timeout: `${interval}ms`,
  static_configs: [{ targets: [target] }],
});
const smallPaths = Array.from({ length: smallTargets }, (_, i) => `/small-${i}`);
// JSON is YAML.
writeFileSync(
  configFile,
  JSON.stringify({
    scrape_configs: [
      job('huge', '/huge', intervalMs),
      ...smallPaths.map((url) => job(url.slice(1), url, smallIntervalMs)),
    ],
    remote_write: [{ url: `http://127.0.0.1:${receiver.message.port}/write` }],
    agent: { threads: 1, thread_memory: '1GB', self: { enabled: false } },
  }),
);
const web = `http://127.0.0.1:${port}`;
const agent = await startAgent(
  fileURLToPath(new URL('../../packages/worker/bin/prom-agent.js', import.meta.url)),
  [
    'run',
    `--config.file=${configFile}`,
    `--storage.path=${path.join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ],
  `${web}/metrics`,
);

const json = async (url) => (await fetch(url)).json();
const log = () => json(`http://${target}/log`);
const counts = () => json(`http://127.0.0.1:${receiver.message.port}/counts`);
const isWhole = ([, { samples }]) => samples === series;

/** One metric of the agent, summed over its labels. */
async function metric(name) {
  const text = await (await fetch(`${web}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** How late each request is after its tick; the grid is where most requests stand. */
function lateness(times) {
  const [first] = times;
  const half = smallIntervalMs / 2;
  const offsets = times.map(
    (ms) => ((((ms - first + half) % smallIntervalMs) + smallIntervalMs) % smallIntervalMs) - half,
  );
  const phase = first + offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 10)];
  let last = -1;
  const late = [];
  for (const ms of times) {
    const tick = Math.max(last + 1, Math.floor((ms - phase + half / 10) / smallIntervalMs));
    late.push({ ms, lateMs: ms - phase - tick * smallIntervalMs });
    last = tick;
  }
  const missed = last + 1 - times.length;
  return { late, missed };
}

const started = performance.now();
const cpuBefore = cpuSeconds(agent.pid);
for (;;) {
  await sleep(1000);
  const { huge } = await counts();
  const asked = (await log())['/huge']?.length ?? 0;
  if (asked >= scrapes && huge.length >= scrapes && huge.slice(0, scrapes).every(isWhole)) break;
  if (performance.now() - started > (scrapes + 2) * intervalMs) break;
}
const dropped = await metric('prom_agent_remote_storage_samples_dropped_total');
const skipped = await metric('prom_agent_scrape_ticks_skipped_total');
const cpu = cpuSeconds(agent.pid);
const rssBytes = peakRssBytes(agent.pid);
const times = await log();
const { huge } = await counts();

const rows = huge.slice(0, scrapes).map(([timestampMs, { samples, lastMs }]) => {
  const askedMs =
    times['/huge'].findLast((ms) => ms <= lastMs && ms >= timestampMs - 5) ?? timestampMs;
  return { askedMs, lastMs, samples, tookMs: lastMs - askedMs };
});
const all = smallPaths.map((url) => lateness(times[url]));
const missed = all.reduce((sum, one) => sum + one.missed, 0);
const latest = (from, to) => {
  const within = all.flatMap(({ late }) => late.filter(({ ms }) => ms >= from && ms < to));
  return within.reduce((most, { lateMs }) => Math.max(most, lateMs), 0);
};
const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
process.stdout.write(
  `${series} series, ${mb(exporter.message.bytes)} (${mb(exporter.message.gzipBytes)} gzipped), every ${intervalMs / 1000} s; ${smallTargets} small targets every second\n\n`,
);
process.stdout.write('scrape  s until delivered  samples   others late by at most, ms\n');
rows.forEach(({ askedMs, samples, tookMs, lastMs }, i) => {
  process.stdout.write(
    `${String(i + 1).padStart(6)}  ${(tookMs / 1000).toFixed(2).padStart(17)}  ${String(samples).padStart(7)}  ${latest(
      askedMs,
      lastMs + 500,
    )
      .toFixed(0)
      .padStart(26)}\n`,
  );
});
const lateMs = latest(0, Number.POSITIVE_INFINITY);
const cpuTotal = cpu.user + cpu.system - cpuBefore.user - cpuBefore.system;
process.stdout.write(
  `\npeak RSS of the process ${mb(rssBytes)}, CPU ${cpuTotal.toFixed(1)} s in all; samples dropped ${dropped}, ticks skipped ${skipped}, small scrapes missed ${missed}\n`,
);

const problems = [
  rows.length < scrapes && `only ${rows.length} scrapes came`,
  rows.some(({ samples }) => samples !== series) && 'a scrape was not delivered whole',
  rows[0]?.tookMs > bars.firstMs && `the first took more than ${bars.firstMs / 1000} s`,
  rssBytes > bars.rssBytes && 'more than 1 GiB of memory',
  lateMs > bars.lateMs && `others late by more than ${bars.lateMs} ms`,
  dropped > 0 && 'samples were dropped',
  missed > 0 && 'small targets missed ticks',
].filter(Boolean);
process.stdout.write(problems.length === 0 ? 'GOOD\n' : `BAD: ${problems.join('; ')}\n`);
await agent.stop();
await exporter.stop();
await receiver.stop();
process.exit(problems.length === 0 ? 0 : 1);
