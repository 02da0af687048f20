import { Client, fetch, Pool, request } from 'undici';
import { describe, expect, it } from 'vitest';
import type { MatrixServer } from '../matrix/servers.js';
import { driven, servers } from './drive.js';

const many = <T>(count: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => act(i)));

async function pipelined(url: string): Promise<void> {
  const client = new Client(url, { pipelining: 10 });
  await many(50, async (i) => {
    const { body } = await client.request({ method: 'GET', path: `/users/${i}` });
    await body.dump();
  });
  await client.close();
}

async function pooled(url: string): Promise<void> {
  const pool = new Pool(url, { connections: 5 });
  await many(50, async () => {
    const posted = await pool.request({ method: 'POST', path: '/echo', body: 'x'.repeat(100) });
    expect(await posted.body.text()).toHaveLength(100);
  });
  await pool.close();
}

/** Gives up a request that is not answered, one whose answer goes on, and a body nobody wants. */
async function givenUp(url: string, server: MatrixServer): Promise<void> {
  const entered = server.entered();
  const unanswered = new AbortController();
  const slow = request(`${url}/slow`, { signal: unanswered.signal });
  await entered;
  unanswered.abort();
  await expect(slow).rejects.toThrow(/abort/i);

  const answered = new AbortController();
  const { body } = await request(`${url}/endless`, { signal: answered.signal });
  answered.abort();
  await expect(body.text()).rejects.toThrow(/abort/i);

  const cancelled = await fetch(`${url}/endless`);
  await cancelled.body?.cancel();
}

describe('what undici has sent, or given up', () => {
  it.each(servers)('is counted by %s', async (_, start) => {
    const counts = await driven(start, async (url, server) => {
      await pipelined(url);
      await pooled(url);
      await givenUp(url, server);
    });
    expect(counts).toEqual([
      'GET /endless 499 2',
      'GET /slow 499 1',
      'GET /users/:id 200 50',
      'POST /echo 200 50',
    ]);
  });
});
