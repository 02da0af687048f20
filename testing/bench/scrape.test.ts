import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));

describe.skipIf(requireServer('prometheus', 'vmagent'))('the scrape benchmark', () => {
  let name: string;
  let results: string;
  beforeEach(() => {
    name = `test-${process.pid}`;
    results = `${bench}results/${name}.json`;
  });
  afterEach(() => rm(results, { force: true }));

  const run = async (...options: string[]) => {
    const small = ['--targets', '5', '--seconds', '3', '--warm-up', '1', '--rounds', '1'];
    const port = ['--port', String(await freePort()), '--name', name];
    return await runCommand(
      process.execPath,
      [`${bench}scrape/run.mjs`, ...small, ...port, ...options],
      { timeoutMs: 55_000 },
    );
  };

  it('finds every sample and one up per tick of each agent', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }, stdout).toStrictEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^prom-agent \/ vmagent: CPU \d/m);
    const { agents } = JSON.parse(await readFile(results, 'utf8'));
    expect(agents.map((agent: { name: string }) => agent.name)).toStrictEqual([
      'prom-agent',
      'vmagent',
      'prometheus',
    ]);
    for (const { figures, problems } of agents) {
      expect(problems).toStrictEqual([]);
      expect(figures['samples/s']).toBeCloseTo(5 * 507, -2);
    }
  });

  it('reads remote_write 2.0', async () => {
    const { code, stdout } = await run('--remote-write', '2', '--agents', 'prometheus');
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/^GOOD prometheus: written\/scraped 1\.0/m);
  });

  it('says so when there is nothing to measure', async () => {
    const { code, stderr } = await run('--agents', 'nobody');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^none of/) });
  });
});
