// Counts the lines of files and ends. What it counted, how long it took and whether it succeeded is
// pushed at its end, whatever happened: run it without files, and job_success is 0.
import { readFile } from 'node:fs/promises';
import { withJob } from '@prom-agent/core/push';
import { Gauge, Registry } from 'prom-client';

const { PUSHGATEWAY_URL = 'http://127.0.0.1:9091' } = process.env;

const registry = new Registry();
const lines = new Gauge({ name: 'counted_lines', help: 'Lines.', registers: [registry] });

async function countLines(files) {
  if (files.length === 0) throw new Error('usage: node job.mjs FILE...');
  for (const file of files) lines.inc((await readFile(file, 'utf8')).split('\n').length - 1);
}

try {
  await withJob('count-lines', () => countLines(process.argv.slice(2)), {
    url: PUSHGATEWAY_URL,
    registry,
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
