// What ten thousand targets of one file cost the host: the time its start takes longer than with one
// target, how long the event loop stands still at most, the same for one target that changes, and what
// of such a change is not reading the file. Each start is the first one of a process.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { changesOfOne } from './change.mjs';
import { relabelConfigs, writeTargets } from './workload.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    changes: { type: 'string', default: '3' },
    targets: { type: 'string', default: '10000' },
    name: { type: 'string', default: 'targets' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  const usage = '[--rounds 10] [--changes 3] [--targets 10000] [--name targets]';
  process.stdout.write(`usage: npm run bench -- targets ${usage}\n`);
  process.exit(0);
}

const roundCount = Number(options.rounds);
const changeCount = Number(options.changes);
const count = Number(options.targets);
const bars = { buildMs: 300, heldMs: 5, changeMs: 5 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-targets-'));
const file = path.join(folder, 'targets.json');
const steps = { created: 'createAgent', started: 'start', changed: 'one target changes' };

async function round(targetCount, withChange) {
  const startFile = path.join(import.meta.dirname, 'start.mjs');
  const args = [startFile, '--file', file, '--targets', String(targetCount)];
  if (withChange) args.push('--change');
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

const rows = { one: [], all: [] };
for (let i = 0; i < roundCount; i++) {
  const withChange = i >= roundCount - changeCount;
  rows.one.push(await round(1, withChange));
  rows.all.push(await round(count, withChange));
}
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');
const write = (dropped) => writeTargets(file, count, dropped);
const change = await changesOfOne(file, write, collectGarbage);
rmSync(folder, { recursive: true });

const values = (row, step, field) => row.flatMap((one) => one[step]?.[field] ?? []);
const median = (list) => list.toSorted((a, b) => a - b)[(list.length - 1) >> 1];
/** Of the step, what the targets beyond the first add. */
const added = (step, field) =>
  median(values(rows.all, step, field)) - median(values(rows.one, step, field));

const line = (text) => process.stdout.write(`${text}\n`);
const inMs = (value) => `${value.toFixed(1).padStart(7)} ms`;
const medianAndWorst = (list) => `${inMs(median(list))}${inMs(Math.max(...list))}`;

line(`${count} targets, ${relabelConfigs.length} rules, ${roundCount} processes`);
for (const [step, words] of Object.entries(steps)) {
  if (values(rows.all, step, 'ms').length === 0) continue;
  line(`\n${words}: ${inMs(added(step, 'ms'))} longer, ${inMs(added(step, 'cpuMs'))} of CPU more`);
  line(`${''.padEnd(46)}${'median'.padStart(10)}${'worst'.padStart(10)}`);
  const longest = [
    ['longest pause', rows.all, step, 'pauseMs'],
    ['  with one target', rows.one, step, 'pauseMs'],
    ['  of the idle process before', rows.all, 'idle', 'pauseMs'],
    ['longest without waiting for a core', rows.all, step, 'heldMs'],
    ['  with one target', rows.one, step, 'heldMs'],
    ['  of the idle process before', rows.all, 'idle', 'heldMs'],
  ];
  for (const [what, row, of, field] of longest) {
    line(`  ${what.padEnd(44)}${medianAndWorst(values(row, of, field))}`);
  }
}
const heapBytes = added('started', 'heapBytes') / (count - 1);
const bufferBytes = added('started', 'bufferBytes') / (count - 1);
line(`\nmemory of a target: ${heapBytes.toFixed(0)} bytes of heap, `);
line(`${bufferBytes.toFixed(0)} in array buffers, the file among them`);
for (const part of ['readMs', 'compareMs', 'buildMs']) {
  line(`one change: ${part.slice(0, -2).padEnd(8)}${inMs(median(change.map((one) => one[part])))}`);
}
line('');
const changeMs = median(change.map(({ compareMs, buildMs }) => compareMs + buildMs));
say('started', added('started', 'ms'), bars.buildMs);
say('longest pause of a start', median(values(rows.all, 'started', 'pauseMs')), bars.heldMs);
say('the same without waiting', median(values(rows.all, 'started', 'heldMs')), bars.heldMs);
say('change after reading', changeMs, bars.changeMs);

function say(what, value, bar) {
  const isGood = value <= bar;
  line(`${isGood ? 'GOOD' : 'BAD '} ${what}: ${value.toFixed(1)} ms, bar ${bar}`);
  if (!isGood) process.exitCode = 1;
}

const results = path.join(import.meta.dirname, '..', 'results');
mkdirSync(results, { recursive: true });
const machine = { at: new Date().toISOString(), node: process.version, cpu: os.cpus()[0]?.model };
writeFileSync(
  path.join(results, `${options.name}.json`),
  `${JSON.stringify({ ...machine, count, rows, change }, undefined, 2)}\n`,
);
