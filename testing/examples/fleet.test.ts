import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { runCommand } from '../servers/run-command.js';
import { answers, type RunningProcess, startProcess } from '../servers/start-process.js';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const mark = `PROM_AGENT_FLEET_TEST=${randomUUID()}`;

let fleet: RunningProcess | undefined;
afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
});

/** Resolves when the last of the three members answers. */
async function startFleet(
  port: number,
  command: string,
  ...args: string[]
): Promise<RunningProcess> {
  const [name = '', value = ''] = mark.split('=');
  fleet = await startProcess({
    command,
    args,
    cwd: repositoryRoot,
    env: { PORT: String(port), [name]: value },
    ready: answers(`http://127.0.0.1:${port + 2}/metrics`),
    readyTimeoutMs: 45_000,
  });
  return fleet;
}

/** Every process that inherited the mark: whatever the fleet started, at any depth. */
function markedProcesses(): string[] {
  // Elsewhere than on Linux nothing is found, and nothing is shown by it.
  if (!existsSync('/proc/self/environ')) return [];
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => readOrEmpty(`/proc/${id}/environ`).split('\0').includes(mark));
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function get(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return await response.text();
}

describe('npm start', () => {
  it('runs the fleet, says what runs where, and leaves nothing after Ctrl-C', async () => {
    const port = await freePort(3);
    const { output, signal, ended } = await startFleet(port, 'npm', 'start');
    const says = (pattern: RegExp) => expect.poll(output, { timeout: 20_000 }).toMatch(pattern);

    await says(/Ctrl-C stops all of it/);
    for (const member of [port, port + 1, port + 2]) {
      expect(output()).toContain(`http://127.0.0.1:${member}/metrics`);
      expect(await get(`http://127.0.0.1:${member}/metrics`)).toContain('prom_agent_build_info');
    }
    await says(new RegExp(`^fastify +:${port} .* [1-9]\\d* scrapes?`, 'm'));

    // No target has two owners, and all of the fleet is up.
    const federated = await Promise.all(
      [port, port + 1, port + 2].map((member) =>
        get(`http://127.0.0.1:${member}/federate?match[]=up`),
      ),
    );
    const ups = federated
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('up{'));
    const targets = ups.map((line) => line.slice(0, line.indexOf('} ') + 1));
    expect(targets.length).toBe(new Set(targets).size);
    for (const member of [port, port + 1, port + 2]) {
      const lines = ups.filter((line) => line.includes(`instance="127.0.0.1:${member}"`));
      expect(lines.map((line) => line.split(' ')[1])).toContain('1');
    }

    // A terminal sends it to the whole process group, and npm forwards it once more.
    signal('SIGINT');
    const { code, signal: endSignal } = await ended;
    // Where sh stays between npm and us it dies of the signal once we have ended, and npm after it.
    expect([0, 'SIGINT']).toContain(endSignal ?? code);
    expect(markedProcesses()).toEqual([]);
  });

  it('names a taken port and leaves nothing running', async () => {
    const port = await freePort(3);
    const taken = createServer().listen(port + 1, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const result = await runCommand('node', ['scripts/start.mjs'], {
        cwd: repositoryRoot,
        env: { PORT: String(port) },
      });
      expect(result.code).toBe(1);
      expect(result.stderr).toBe(
        `port ${port + 1} (express) is taken: stop what listens there, or choose other ports with PORT=4000 npm start\n`,
      );
    } finally {
      taken.close();
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with 0 after %s', async (name) => {
    const { signal, ended } = await startFleet(await freePort(3), 'node', 'scripts/start.mjs');
    signal(name);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(markedProcesses()).toEqual([]);
  });

  it('leaves nothing when it is killed itself', async () => {
    const { signal, ended } = await startFleet(await freePort(3), 'node', 'scripts/start.mjs');
    signal('SIGKILL');
    await ended;
    await expect.poll(markedProcesses, { timeout: 30_000 }).toEqual([]);
  });

  it('says which member died, stops the others and ends with 1', async () => {
    const port = await freePort(3);
    const { output, ended } = await startFleet(port, 'node', 'scripts/start.mjs');
    await expect.poll(output, { timeout: 20_000 }).toMatch(/Ctrl-C stops all of it/);
    const worker = markedProcesses().find((id) =>
      readOrEmpty(`/proc/${id}/cmdline`).includes('prom-agent.js'),
    );
    process.kill(Number(worker), 'SIGKILL');
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(output()).toContain('worker ended with SIGKILL');
    expect(markedProcesses()).toEqual([]);
  });

  it.each(['http', '0', '65534', '-1', '3000.5'])('refuses PORT=%s in words', async (port) => {
    const result = await runCommand('node', ['scripts/start.mjs'], {
      cwd: repositoryRoot,
      env: { PORT: port },
    });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(`PORT=${port}: expected a number from 1 to 65533`);
  });
});
