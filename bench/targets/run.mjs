// What ten thousand targets of one file cost the host: the time its start takes longer than with one
// target, how long the event loop stands still at most, the same for one target that changes, and what
// of such a change is not reading the file.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { createAgent } from '@prom-agent/core';
import { changesOfOne } from './change.mjs';
import { watchLoop } from './watch-loop.mjs';
import { groupsOf, relabelConfigs } from './workload.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    targets: { type: 'string', default: '10000' },
    name: { type: 'string', default: 'targets' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  const usage = '[--rounds 5] [--targets 10000] [--name targets]';
  process.stdout.write(`usage: npm run bench -- targets ${usage}\n`);
  process.exit(0);
}

const roundCount = Number(options.rounds);
const count = Number(options.targets);
const bars = { buildMs: 300, heldMs: 5, changeMs: 5 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-targets-'));
const file = path.join(folder, 'targets.json');

// What the bench itself leaves behind is not collected on the agent's time.
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

const pauses = { pauseMs: 'the longest pause', heldMs: 'the longest without waiting for a core' };

/** The last `dropped` of the targets are not healthy, and so not kept. */
function writeTargets(targetCount, dropped) {
  const groups = groupsOf(targetCount).map(({ targets, labels }, i) => ({
    targets: [targets[0].get('__address__')],
    labels: {
      ...Object.fromEntries(labels),
      ...(i >= targetCount - dropped && { __meta_health: 'critical' }),
    },
  }));
  // In one step, or the discovery would read half a file.
  writeFileSync(`${file}.new`, JSON.stringify(groups));
  renameSync(`${file}.new`, file);
}

function memory() {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

/** An agent that scrapes nobody within the round: the interval is a day. */
function makeAgent() {
  return createAgent({
    global: { scrapeIntervalMs: 86_400_000 },
    scrapeConfigs: [{ jobName: 'j', relabelConfigs, fileSdConfigs: [{ files: [file] }] }],
    agent: { threads: 1 },
    defaultMetrics: false,
  });
}

/** Start and one change, for as many targets. */
async function round(targetCount) {
  writeTargets(targetCount, 0);
  const agent = await makeAgent();
  const empty = memory();
  const started = await watchLoop(() => agent.start());
  const full = memory();
  started.heapBytes = full.heapUsed - empty.heapUsed;
  started.bufferBytes = full.arrayBuffers - empty.arrayBuffers;
  if (agent.targets().length !== targetCount) throw new Error('not all targets were built');
  // A discovery tells of changes every 5 s at most.
  await delay(5_500);
  writeTargets(targetCount, 1);
  collectGarbage();
  const changed = await watchLoop(() => until(() => agent.droppedTargetCounts().get('j') === 1));
  await agent.close();
  return { started, changed };
}

async function until(condition) {
  while (!condition()) await delay(1);
}

const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];

const rows = { one: [], all: [] };
for (let i = 0; i < roundCount; i++) {
  rows.one.push(await round(1));
  rows.all.push(await round(count));
}
const change = await changesOfOne(file, (dropped) => writeTargets(count, dropped), collectGarbage);
rmSync(folder, { recursive: true });

/** Of the step, what the targets beyond the first add. */
function added(step, field) {
  const of = (row) => median(row.map((one) => one[step][field]));
  return of(rows.all) - of(rows.one);
}
const longest = (row, step, field) => median(row.map((one) => one[step][field]));

process.stdout.write(
  `${count} targets, ${relabelConfigs.length} rules, median of ${roundCount}\n\n`,
);
for (const step of ['started', 'changed']) {
  process.stdout.write(
    `${step.padEnd(10)} ${added(step, 'ms').toFixed(0).padStart(6)} ms, ` +
      `${added(step, 'cpuMs').toFixed(0).padStart(6)} ms of CPU\n`,
  );
  for (const [field, words] of Object.entries(pauses)) {
    const [all, one] = [rows.all, rows.one].map((row) => longest(row, step, field).toFixed(1));
    process.stdout.write(
      `${''.padEnd(10)} ${all.padStart(6)} ms ${words} (with one target ${one})\n`,
    );
  }
}
const heapBytes = added('started', 'heapBytes') / (count - 1);
const bufferBytes = added('started', 'bufferBytes') / (count - 1);
process.stdout.write(
  `heap       ${heapBytes.toFixed(0).padStart(6)} bytes a target, ` +
    `${bufferBytes.toFixed(0)} in array buffers, the file among them\n`,
);
const changeMs = median(change.map(({ compareMs, buildMs }) => compareMs + buildMs));
for (const part of ['readMs', 'compareMs', 'buildMs']) {
  const ms = median(change.map((one) => one[part])).toFixed(1);
  process.stdout.write(`one change: ${part.slice(0, -2).padEnd(8)} ${ms.padStart(6)} ms\n`);
}
process.stdout.write('\n');
say('started', added('started', 'ms'), bars.buildMs);
say('loop held', longest(rows.all, 'started', 'heldMs'), bars.heldMs);
say('change after reading', changeMs, bars.changeMs);

function say(what, value, bar) {
  const isGood = value <= bar;
  process.stdout.write(`${isGood ? 'GOOD' : 'BAD '} ${what}: ${value.toFixed(1)} ms, bar ${bar}\n`);
  if (!isGood) process.exitCode = 1;
}

const results = path.join(import.meta.dirname, '..', 'results');
mkdirSync(results, { recursive: true });
const machine = { at: new Date().toISOString(), node: process.version, cpu: os.cpus()[0]?.model };
writeFileSync(
  path.join(results, `${options.name}.json`),
  `${JSON.stringify({ ...machine, count, rows, change }, undefined, 2)}\n`,
);
