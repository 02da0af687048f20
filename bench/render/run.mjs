// How fast a prom-client registry is rendered, and how long the event loop stands still for it:
// ours beside prom-client's own registry.metrics(), each in processes of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    lines: { type: 'string', default: '112000,1000000' },
    name: { type: 'string', default: 'render' },
    help: { type: 'boolean' },
  },
});

const bars = {
  few: { mbPerSecond: 200, pauseMs: 5 },
  all: { mbPerSecond: 100, pauseMs: 5 },
  aboveRegistryMiB: 64,
};
const renderers = ['prom-agent', 'prom-client'];
const columns = [
  ['MB/s', (round) => round.mbPerSecond, 0],
  ['MB/CPU s', (round) => round.cpuMbPerSecond, 0],
  ['ms', (round) => round.ms, 1],
  ['pause ms', (round) => round.pauseMs, 1],
  ['by timer', (round) => round.timerPauseMs, 1],
];

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[(numbers.length - 1) >> 1];
}

async function runChild(renderer, lines) {
  const child = fork(new URL('child.mjs', import.meta.url), [renderer, lines, options.rounds], {
    execArgv: ['--expose-gc'],
  });
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${renderer} at ${lines} lines ended with code ${code}`);
    }),
  ]);
  return { renderer, lines: Number(lines), ...message };
}

function printTable(results) {
  const title = ['lines', 'changed', 'renderer', ...columns.map(([name]) => name), 'worst', 'MiB'];
  const rows = [title];
  for (const changed of ['few', 'all']) {
    for (const { renderer, lines, aboveRegistryMiB, [changed]: rounds } of results) {
      const figures = columns.map(([, get, digits]) => median(rounds.map(get)).toFixed(digits));
      const worst = Math.max(...rounds.map(({ pauseMs }) => pauseMs)).toFixed(1);
      rows.push([String(lines), changed, renderer, ...figures, worst, aboveRegistryMiB.toFixed(1)]);
    }
  }
  console.log(
    `\nmedians of ${options.rounds} rounds; pause and worst: longest turn of the event loop`,
  );
  for (const row of rows) {
    console.log(row.map((cell, i) => (i < 3 ? cell.padEnd(13) : cell.padStart(10))).join(''));
  }
  console.log('');
  for (const { renderer, lines, first } of results) {
    const words = `${first.ms.toFixed(0)} ms, pause ${first.pauseMs.toFixed(1)} ms`;
    console.log(`first render of the process, ${renderer}, ${lines} lines: ${words}`);
  }
}

/** Prints a line per bar; true when all are reached. */
function printVerdicts(results) {
  const verdicts = results
    .filter(({ renderer }) => renderer === 'prom-agent')
    .flatMap((result) => [
      ...['few', 'all'].flatMap((changed) => {
        const speed = median(result[changed].map(({ mbPerSecond }) => mbPerSecond));
        const pause = median(result[changed].map(({ pauseMs }) => pauseMs));
        const { mbPerSecond, pauseMs } = bars[changed];
        const at = `${result.lines} lines, ${changed} changed`;
        return [
          [speed >= mbPerSecond, `${at}: ${speed.toFixed(0)} MB/s, bar ≥ ${mbPerSecond}`],
          [pause <= pauseMs, `${at}: pause ${pause.toFixed(1)} ms, bar ≤ ${pauseMs}`],
        ];
      }),
      [
        result.aboveRegistryMiB <= bars.aboveRegistryMiB,
        `${result.lines} lines: ${result.aboveRegistryMiB.toFixed(1)} MiB above the registry, bar ≤ ${bars.aboveRegistryMiB}`,
      ],
    ]);
  console.log('');
  for (const [isGood, words] of verdicts) console.log(`${isGood ? 'GOOD' : 'BAD '} ${words}`);
  return verdicts.every(([isGood]) => isGood);
}

function writeResults(results, loadBefore) {
  const folder = path.join(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version };
  const file = path.join(folder, `${options.name}.json`);
  writeFileSync(file, `${JSON.stringify({ machine, loadBefore, options, results }, null, 2)}\n`);
  console.log(`\nall rounds: ${path.relative(process.cwd(), file)}`);
}

async function main() {
  if (options.help) {
    console.log(
      'usage: npm run bench -- render [--rounds 7] [--lines 112000,1000000] [--name render]',
    );
    return 0;
  }
  const loadBefore = os.loadavg()[0];
  const results = [];
  for (const lines of options.lines.split(',')) {
    for (const renderer of renderers) results.push(await runChild(renderer, lines));
  }
  printTable(results);
  const isGood = printVerdicts(results);
  writeResults(results, loadBefore);
  return isGood ? 0 : 1;
}

process.exitCode = await main();
