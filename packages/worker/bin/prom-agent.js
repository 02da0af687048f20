#!/usr/bin/env node
import { main } from '../dist/cli.js';

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
