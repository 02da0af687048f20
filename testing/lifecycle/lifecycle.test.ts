import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: Server;
let address: string;
let delivered = 0;

/** Exporter and remote-write receiver in one. */
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.method === 'POST') {
      delivered++;
      request.resume().on('end', () => response.writeHead(204).end());
    } else response.writeHead(200, { 'content-type': 'text/plain' }).end('a 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Open {
  resources: string[];
  threads: number;
  sockets: number;
}

interface Told {
  before: Open;
  during: Open;
  after: Open;
  sent: number[];
}

/** Resolves when the process has ended by itself; a process that hangs fails the test. */
async function runAgents(agents: number, threads: number, close: boolean): Promise<Told> {
  const file = fileURLToPath(new URL('./agents-in-a-process.mjs', import.meta.url));
  const remoteWrite = `http://${address}/api/v1/write`;
  const options = JSON.stringify({ agents, threads, close, target: address, remoteWrite });
  const { stdout } = await promisify(execFile)(process.execPath, [file, options], {
    timeout: 30_000,
  });
  return JSON.parse(stdout) as Told;
}

// agents, threads
test.each([
  [1, 1],
  [1, 2],
  [2, 1],
  [1, 0],
  [2, 0],
])(
  '%i agents with %i threads: close() leaves no thread, socket or handle',
  async (agents, threads) => {
    const deliveredBefore = delivered;
    const { before, during, after, sent } = await runAgents(agents, threads, true);
    expect(sent).toHaveLength(agents);
    for (const samples of sent) expect(samples).toBeGreaterThan(0);
    expect(delivered).toBeGreaterThan(deliveredBefore);
    expect(during.threads - before.threads).toBe(agents * threads);
    expect(after).toEqual(before);
  },
);

test.each([
  [1, 1],
  [2, 1],
  [1, 0],
])(
  '%i agents with %i threads that nobody closes do not keep the process',
  async (agents, threads) => {
    const { sent } = await runAgents(agents, threads, false);
    expect(sent).toHaveLength(agents);
  },
);
