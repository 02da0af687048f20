// What parsing costs: our parser when it can predict the body and when it meets it for the first
// time, beside the parser many Node.js services use and beside Prometheus' own. The bodies are those
// of the scrape bench, whose values change, so that no parse is a plain compare.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BodyParser, ParsedBody, SeriesKeys } from '@prom-agent/core/exposition';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { bodyRing } from '../scrape/body-ring.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    name: { type: 'string', default: 'parse' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  process.stdout.write('usage: npm run bench -- parse [--rounds 7] [--name parse]\n');
  process.exit(0);
}

const rounds = Number(options.rounds);
const samples = 507;
const bars = { predicted: 0.2, cold: 1.0 };
const promtoolBytes = 200_000_000;

const ring = bodyRing({ samples, intervalMs: 1000 });
const bodies = Array.from({ length: 240 }, (_, i) => ring.plain(i));

/** CPU seconds, user + system, of the whole process, per million samples. */
function measure(parseAll) {
  const before = process.cpuUsage();
  const parsed = parseAll();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / parsed;
}

/** One target, body after body, as a scrape thread sees them. */
function predicted(repeats) {
  const parser = new BodyParser(new SeriesKeys());
  const out = new ParsedBody();
  return () => {
    let parsed = 0;
    for (let i = 0; i < repeats * bodies.length; i++) {
      const body = bodies[i % bodies.length];
      parser.parse('text', body, body.length, out);
      parsed += out.count;
    }
    return parsed;
  };
}

/** Each body by a parser that has seen none. */
function cold(repeats) {
  const out = new ParsedBody();
  return () => {
    let parsed = 0;
    for (let i = 0; i < repeats * bodies.length; i++) {
      const body = bodies[i % bodies.length];
      new BodyParser(new SeriesKeys()).parse('text', body, body.length, out);
      parsed += out.count;
    }
    return parsed;
  };
}

function textFormatPackage() {
  let parsed = 0;
  for (const body of bodies.slice(0, 60)) {
    for (const family of parsePrometheusTextFormat(body.toString()))
      parsed += family.metrics.length;
  }
  return parsed;
}

/** The same families over and over would clash: each copy has names of its own. */
function largeBody() {
  const text = bodies[0].toString();
  const copies = [];
  let bytes = 0;
  let count = 0;
  for (let i = 0; bytes < promtoolBytes; i++) {
    const copy = text
      .replace(/^(# (?:HELP|TYPE) )([a-z_0-9]+)/gm, `$1c${i}_$2`)
      .replace(/^(?!#)([a-z_])/gm, `c${i}_$1`);
    copies.push(copy);
    bytes += copy.length;
    count += copy.match(/^(?!#)./gm).length;
  }
  return { body: Buffer.from(copies.join('')), count };
}

/** CPU seconds, user + system, of a command that reads the body on its standard input. */
async function commandCpu(command, body) {
  const timed = `TIMEFORMAT="%U %S"; time ${command} >/dev/null 2>&1`;
  const child = spawn('bash', ['-c', timed], { stdio: ['pipe', 'ignore', 'pipe'] });
  let times = '';
  child.stderr.on('data', (chunk) => {
    times += chunk;
  });
  // A command that has read enough closes its end.
  child.stdin.on('error', () => {});
  child.stdin.end(body);
  await new Promise((resolve) => child.on('close', resolve));
  const [user, system] = times.trim().split(' ').map(Number);
  return user + system;
}

const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];

const warm = [predicted(20), cold(10)];
for (const run of warm) run();
textFormatPackage();

const figures = { predicted: [], cold: [], 'parse-prometheus-text-format': [] };
for (let round = 0; round < rounds; round++) {
  figures.predicted.push(measure(predicted(20)));
  figures.cold.push(measure(cold(5)));
  figures['parse-prometheus-text-format'].push(measure(textFormatPackage));
}

const large = largeBody();
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const promtool = hasPromtool
  ? ((await commandCpu('promtool check metrics', large.body)) / large.count) * 1e6
  : undefined;
const oursLarge = measure(() => {
  const out = new ParsedBody();
  new BodyParser(new SeriesKeys()).parse('text', large.body, large.body.length, out);
  return out.count;
});

const rows = Object.entries(figures).map(([name, values]) => [name, median(values)]);
const megabytes = (bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length) * 1e-6;
process.stdout.write(`CPU seconds per million samples, median of ${rounds} rounds\n\n`);
for (const [name, value] of rows) {
  const rate = (megabytes / ((value * samples) / 1e6)).toFixed(0);
  process.stdout.write(
    `${name.padEnd(32)} ${value.toFixed(3).padStart(8)}   ${rate} MB per CPU s\n`,
  );
}
const size = `${(large.body.length / 1e6).toFixed(0)} MB, ${large.count} samples, once`;
process.stdout.write(`\n${size}\n${'cold'.padEnd(32)} ${oursLarge.toFixed(3).padStart(8)}\n`);
if (promtool !== undefined) {
  process.stdout.write(
    `${'promtool check metrics (lints too)'.padEnd(32)} ${promtool.toFixed(3).padStart(8)}\n`,
  );
}
process.stdout.write('\n');
for (const [name, bar] of Object.entries(bars)) {
  const value = median(figures[name]);
  const verdict = value <= bar ? 'GOOD' : 'BAD ';
  process.stdout.write(`${verdict} ${name}: ${value.toFixed(3)}, bar ${bar}\n`);
  if (value > bar) process.exitCode = 1;
}
const folder = path.join(import.meta.dirname, '..', 'results');
mkdirSync(folder, { recursive: true });
const result = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: os.cpus()[0]?.model,
  figures,
  oursLarge,
  promtool,
};
writeFileSync(
  path.join(folder, `${options.name}.json`),
  `${JSON.stringify(result, undefined, 2)}\n`,
);
