#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { main } from '../dist/cli.js';

// The young generation stays as small as it begins: it would grow to 48 MiB of garbage, 25 MiB of
// them seen with 300 targets (bench: scrape). A flag of the whole process, so the worker's alone.
setFlagsFromString('--semi-space-growth-factor=1');

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
