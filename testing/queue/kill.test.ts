import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../servers/run-command.js';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));
const name = `test-deliver-${process.pid}`;
const results = `${bench}results/${name}.json`;

const run = (...options: string[]) =>
  runCommand(
    process.execPath,
    [`${bench}deliver/run.mjs`, '--agents', 'prom-agent', '--name', name, ...options],
    { timeoutMs: 100_000 },
  );

describe('a worker with --storage.path', () => {
  afterAll(() => rm(results, { force: true }));

  it('loses nothing that was scraped a second before kill -9', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await run('--kills', '5', '--drain', '0', '--targets', '10');
    expect(code, stdout + stderr).toBe(0);
    const { kills } = JSON.parse(await readFile(results, 'utf8'));
    const figures = kills['prom-agent'];
    expect(figures).toMatchObject({ kills: 5, missing: 0, outOfOrder: 0 });
    expect(figures.scrapes).toBeGreaterThan(20);
  });
});
