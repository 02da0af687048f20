import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { answers, type RunningProcess, startProcess } from '../servers/start-process.js';

let service: RunningProcess | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** As a user would: `node server.mjs` in the example's folder. */
async function startExample(name: string): Promise<string> {
  const port = await freePort();
  service = await startProcess({
    command: process.execPath,
    args: ['server.mjs'],
    cwd: fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)),
    env: { PORT: String(port) },
    ready: answers(`http://127.0.0.1:${port}/metrics`),
  });
  return `http://127.0.0.1:${port}`;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  expect(response.status, url).toBe(200);
  return await response.text();
}

describe.each(['fastify-service', 'express-service'])('the %s example', (name) => {
  it('answers its own routes and counts them by route template', async () => {
    const url = await startExample(name);
    expect(JSON.parse(await get(`${url}/orders/17`))).toEqual({ order: '17' });
    expect(await get(`${url}/metrics`)).toMatch(
      /^http_request_duration_seconds_count\{[^}]*route="\/orders\/:id"[^}]*\} 1$/m,
    );
  });

  it.skipIf(requireServer('promtool'))('shows metrics that promtool accepts', async () => {
    const url = await startExample(name);
    await get(`${url}/orders/17`);
    const { code, stdout, stderr } = await runCommand('promtool', ['check', 'metrics'], {
      stdin: await get(`${url}/metrics`),
    });
    // 3 is a lint finding. prom-client's default metrics keep the names that dashboards know.
    const findings = stderr
      .split('\n')
      .filter((line) => line !== '' && !/^(nodejs|process)_/.test(line));
    expect({ findings, stdout }).toEqual({ findings: [], stdout: '' });
    expect(code === 0 || code === 3, `exit code ${code}`).toBe(true);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by itself with 0 after %s', async (signal) => {
    await startExample(name);
    service?.signal(signal);
    expect(await service?.ended).toEqual({ code: 0, signal: null });
  });
});
