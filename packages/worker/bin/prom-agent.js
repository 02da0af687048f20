#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { main } from '../dist/cli.js';

// The young generation stays as small as it begins: it would grow to 48 MiB of garbage, 25 MiB of
// them seen with 300 targets (bench: scrape). Flags of the whole process, so the worker's alone.
setFlagsFromString('--semi-space-growth-factor=1');
// What survives a scrape is so little that waking V8's other threads to help collect costs more than
// the collection: 7 % of the process at 100 scrapes a second (bench: scrape).
setFlagsFromString('--no-parallel-scavenge');
setFlagsFromString('--no-concurrent-array-buffer-sweeping');

// `prom-agent … | head`: whoever reads may leave early.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    process.stderr.write(`prom-agent: unexpected error: ${error?.stack ?? error}\n`);
    process.exitCode = 1;
  },
);
