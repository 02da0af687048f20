import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

let receiver: Server;
let worker: WorkerProcess;
let answer = 204;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer).end('so it is'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  worker = await startWorker({
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '500ms' },
      remote_write: [
        {
          name: 'far',
          url: `http://user:secret@127.0.0.1:${port}/write?token=t`,
          queue_config: { batch_send_deadline: '100ms', max_backoff: '200ms' },
        },
      ],
    },
  });
});

afterAll(async () => {
  await worker?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
});

interface ShownOutput {
  readonly name: string;
  readonly url: string;
  readonly protocolVersion: string;
  readonly lastError: string;
  readonly samples: { in: number; sent: number; retried: number; dropped: Record<string, number> };
  readonly queue: { samples: number; oldest: string | null; durable: object | null };
}

async function shown(): Promise<ShownOutput> {
  const response = await fetch(`${worker.url}/api/v1/status/outputs`);
  const { data } = (await response.json()) as { data: { outputs: ShownOutput[] } };
  expect(data.outputs).toHaveLength(1);
  return data.outputs[0]!;
}

it('shows what an output has sent, and no credentials', async () => {
  await expect
    .poll(async () => (await shown()).samples.sent, { timeout: 20_000 })
    .toBeGreaterThan(0);
  const output = await shown();
  const { port } = receiver.address() as AddressInfo;
  expect(output).toMatchObject({
    name: 'far',
    url: `http://127.0.0.1:${port}/write`,
    protocolVersion: '1.0',
    queue: { durable: { paused: false, drain: null } },
  });
  expect(JSON.stringify(output)).not.toMatch(/secret|token/);
});

it('shows what waits, since when and why', async () => {
  answer = 503;
  await expect.poll(async () => (await shown()).lastError, { timeout: 20_000 }).not.toBe('');
  await expect.poll(async () => (await shown()).queue.oldest, { timeout: 20_000 }).not.toBeNull();
  const output = await shown();
  expect(output.lastError).toBe('HTTP 503: so it is');
  expect(output.samples.retried).toBeGreaterThan(0);
  expect(output.queue.samples).toBeGreaterThan(0);
  answer = 204;
  await expect.poll(async () => (await shown()).lastError, { timeout: 20_000 }).toBe('');
});
