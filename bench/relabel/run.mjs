// How fast relabelling is: rules as people write them on label sets as targets have them, and patterns
// that stop a backtracking engine.
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseRelabelRules, Relabeller } from '@prom-agent/core/target-check';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    name: { type: 'string', default: 'relabel' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  process.stdout.write('usage: npm run bench -- relabel [--rounds 5] [--name relabel]\n');
  process.exit(0);
}

const rounds = Number(options.rounds);
const bars = { setsPerSecond: 1_000_000, hostileMs: 50 };
const setsPerRound = 1_000_000;

const targets = Array.from(
  { length: 1000 },
  (_, i) =>
    new Map([
      ['__address__', `10.0.${i >> 8}.${i & 255}:9100`],
      ['__metrics_path__', '/metrics'],
      ['__scheme__', 'http'],
      ['job', `job-${i % 7}`],
      ['node', `node-${i}.example.com`],
    ]),
);

const rules = {
  'keep by a class': '- {action: keep, source_labels: [job], regex: "job-[1-3]"}',
  'keep by alternatives': '- {action: keep, source_labels: [job], regex: job-1|job-2}',
  'keep, each value another':
    '- {action: keep, source_labels: [node], regex: "node-[0-9]+5\\\\..*"}',
  'replace with a group': '- {source_labels: [node], regex: "([^.]+)\\\\..*", target_label: host}',
  hashmod: '- {action: hashmod, source_labels: [__address__], modulus: 16, target_label: __tmp}',
};

const hostile = [
  ['(a+)+$', 'a'.repeat(100_000)],
  ['(a+)+$', `${'a'.repeat(100_000)}!`],
  ['(a|a?)+', `${'a'.repeat(100_000)}b`],
  ['(.*)*,(.*)*', 'x'.repeat(100_000)],
];

const relabeller = (yaml) => new Relabeller(parseRelabelRules(yaml, 'rules.yml'));
const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];

/** Label sets per second of one core. */
function measureRate(yaml) {
  const tested = relabeller(yaml);
  for (const labels of targets) tested.apply(labels);
  const { user } = process.cpuUsage();
  for (let i = 0; i < setsPerRound; i++) tested.apply(targets[i % targets.length]);
  return (setsPerRound / (process.cpuUsage().user - user)) * 1e6;
}

/** The longest of a first and a second time, in ms. */
function measureHostile(regex, value, action) {
  const target = action === 'replace' ? ', target_label: x' : '';
  const yaml = `- {action: ${action}, source_labels: [value], regex: ${JSON.stringify(regex)}${target}}`;
  const tested = relabeller(yaml);
  const labels = new Map([['value', value]]);
  const times = [0, 1].map(() => {
    const startMs = performance.now();
    tested.apply(labels);
    return performance.now() - startMs;
  });
  return Math.max(...times);
}

const figures = { rates: {}, hostile: {} };
for (const [name, yaml] of Object.entries(rules)) {
  figures.rates[name] = median(Array.from({ length: rounds }, () => measureRate(yaml)));
}
for (const [regex, value] of hostile) {
  for (const action of ['keep', 'replace']) {
    const name = `${regex} ${action}, ${value.at(-1) === value[0] ? 'all' : 'but the last'}`;
    const times = Array.from({ length: rounds }, () => measureHostile(regex, value, action));
    figures.hostile[name] = median(times);
  }
}

process.stdout.write(`millions of label sets per CPU second, median of ${rounds} rounds\n\n`);
for (const [name, rate] of Object.entries(figures.rates)) {
  process.stdout.write(`${name.padEnd(32)} ${(rate / 1e6).toFixed(2).padStart(8)}\n`);
}
process.stdout.write('\nms for a value of 100 kB\n\n');
for (const [name, ms] of Object.entries(figures.hostile)) {
  process.stdout.write(`${name.padEnd(32)} ${ms.toFixed(1).padStart(8)}\n`);
}
process.stdout.write('\n');
const slowest = Math.min(figures.rates['keep by a class'], figures.rates['keep by alternatives']);
say(
  'keep rules',
  slowest >= bars.setsPerSecond,
  `${(slowest / 1e6).toFixed(2)} million per second`,
);
const worst = Math.max(...Object.values(figures.hostile));
say('patterns that backtrack elsewhere', worst <= bars.hostileMs, `${worst.toFixed(1)} ms`);

function say(what, isGood, value) {
  process.stdout.write(`${isGood ? 'GOOD' : 'BAD '} ${what}: ${value}\n`);
  if (!isGood) process.exitCode = 1;
}

const folder = path.join(import.meta.dirname, '..', 'results');
mkdirSync(folder, { recursive: true });
const result = { at: new Date().toISOString(), node: process.version, cpu: os.cpus()[0]?.model };
writeFileSync(
  path.join(folder, `${options.name}.json`),
  `${JSON.stringify({ ...result, figures }, undefined, 2)}\n`,
);
