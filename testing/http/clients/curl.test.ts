import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { requireServer } from '../../servers/require-server.js';
import { runCommand } from '../../servers/run-command.js';
import type { MatrixServer } from '../matrix/servers.js';
import { driven, http2Servers, servers } from './drive.js';

async function curl(...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand('curl', ['-sS', '-o', '/dev/null', ...args]);
  expect([code, stderr]).toEqual([0, '']);
}

/** As by Ctrl-C, when `until` says that it has come so far. */
async function interrupted(
  args: readonly string[],
  until: (heard: Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const child = spawn('curl', ['-sSN', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  await until(once(child.stdout, 'data'));
  child.kill('SIGINT');
  await closed;
}

async function drive(url: string, server: MatrixServer, ...version: string[]): Promise<void> {
  for (const id of [1, 2, 3]) await curl(...version, `${url}/users/${id}`);
  await curl(...version, '-I', `${url}/users/7`);
  await curl(...version, '-X', 'PURGE', `${url}/users/7`);
  await curl(...version, `${url}/wp-admin`);
  await curl(...version, '-d', 'x'.repeat(2000), `${url}/echo`);
  await curl(...version, '-T', import.meta.filename, '-X', 'POST', `${url}/echo`);
  await curl(...version, `${url}/stream`);
  await curl(...version, '--compressed', `${url}/events`);
  const entered = server.entered();
  await interrupted([...version, `${url}/slow`], () => entered);
  await interrupted([...version, `${url}/endless`], (heard) => heard);
}

const counts = [
  'GET - 404 1',
  'GET /endless 499 1',
  'GET /events 200 1',
  'GET /slow 499 1',
  'GET /stream 200 1',
  'GET /users/:id 200 3',
  'HEAD /users/:id 200 1',
  'POST /echo 200 2',
  '_OTHER - 404 1',
];

describe.skipIf(requireServer('curl'))('what curl has sent, or given up', () => {
  it.each(servers)('is counted by %s', async (_, start) => {
    expect(await driven(start, (url, server) => drive(url, server))).toEqual(counts);
  });

  it.each(servers)('is counted by %s over HTTP/1.0', async (_, start) => {
    expect(await driven(start, (url, server) => drive(url, server, '--http1.0'))).toEqual(counts);
  });

  it.each(http2Servers)('is counted by %s over HTTP/2', async (_, start) => {
    const version = '--http2-prior-knowledge';
    expect(await driven(start, (url, server) => drive(url, server, version))).toEqual(counts);
  });
});
