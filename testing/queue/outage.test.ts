import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type QueriedSeries, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startVictoriaMetrics } from '../servers/victoria-metrics.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

/** In front of a receiver: answers 503 while it is down. */
interface Gate {
  readonly url: string;
  isDown: boolean;
  readonly statuses: number[];
  close(): void;
}

function startGate(to: string): Promise<Gate> {
  return new Promise((resolve) => {
    const server: Server = createServer((request, response) => {
      if (gate.isDown) {
        request.resume();
        response.writeHead(503).end();
        return;
      }
      const { method, headers } = request;
      const onward = forward(to, { method, headers }, (answer) => {
        gate.statuses.push(answer.statusCode ?? 0);
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    const gate = {
      url: '',
      isDown: false,
      statuses: [] as number[],
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
    server.listen(0, '127.0.0.1', () => {
      gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`;
      resolve(gate);
    });
  });
}

/** A real receiver of remote_write. */
interface Receiver {
  readonly remoteWriteUrl: string;
  /** All samples of a metric, as stored. */
  stored(metric: string): Promise<readonly QueriedSeries[]>;
  stop(): Promise<void>;
}

async function prometheus(config: object): Promise<Receiver> {
  const server = await startPrometheus({ remoteWriteReceiver: true, config });
  const { remoteWriteUrl, stop } = server;
  return { remoteWriteUrl, stop, stored: (metric) => server.query(`${metric}[1h]`) };
}

async function victoriaMetrics(): Promise<Receiver> {
  const { remoteWriteUrl, stop, samples } = await startVictoriaMetrics();
  return { remoteWriteUrl, stop, stored: samples };
}

describe.skipIf(requireServer('prometheus', 'victoria-metrics'))('a receiver that was away', () => {
  let exporter: FakeExporter | undefined;
  let receiver: Receiver | undefined;
  let worker: WorkerProcess | undefined;
  let gate: Gate | undefined;

  afterEach(async () => {
    await worker?.stop();
    await receiver?.stop();
    await exporter?.stop();
    gate?.close();
  });

  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${worker!.url}/metrics`)).text();
    const values = [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  };

  /** Until each series has such a value. */
  const has = async (isWanted: (value: number) => boolean): Promise<void> => {
    for (;;) {
      const series = await receiver!.stored('away');
      const isThere = series.every(({ samples }) => samples.some(({ value }) => isWanted(value)));
      if (series.length > 0 && isThere) return;
      await delay(100);
    }
  };

  it.each([
    ['Prometheus', 'per_series', () => prometheus({})],
    [
      'Prometheus with an out-of-order window',
      'newest_first',
      () => prometheus({ storage: { tsdb: { out_of_order_time_window: '10m' } } }),
    ],
    ['VictoriaMetrics', 'per_series', victoriaMetrics],
    ['VictoriaMetrics', 'newest_first', victoriaMetrics],
  ])('%s gets all there was with %s, and refuses nothing', async (_, order, start) => {
    exporter = await startExporter(
      serveBody((scrape) => ({
        body: Array.from({ length: 50 }, (_, i) => `away{series="${i}"} ${scrape}\n`).join(''),
      })),
    );
    receiver = await start();
    gate = await startGate(receiver.remoteWriteUrl);
    worker = await startWorker({
      config: {
        global: { scrape_interval: '250ms', scrape_timeout: '200ms' },
        scrape_configs: [{ job_name: 'a', static_configs: [{ targets: [exporter.address] }] }],
        // Next to nothing fits in memory, so that the outage is on the disk.
        remote_write: [
          {
            url: gate.url,
            queue_config: {
              capacity: 100,
              max_shards: 2,
              max_samples_per_send: 100,
              batch_send_deadline: '300ms',
              max_backoff: '200ms',
            },
          },
        ],
        agent: { self: { enabled: false }, queue: { order } },
      },
    });
    await has((value) => value > 3);
    gate.isDown = true;
    await delay(5000);
    expect(await metric('prom_agent_remote_storage_samples_pending')).toBeGreaterThan(500);
    gate.isDown = false;
    const scrapes = exporter.requests.length;
    await has((value) => value > scrapes + 4);
    while ((await metric('prom_agent_remote_storage_samples_pending')) > 300) await delay(100);
    const series = await receiver.stored('away');
    expect(series).toHaveLength(50);
    for (const { samples } of series) {
      const values = samples.map(({ value }) => value);
      expect(values.length).toBeGreaterThan(20);
      expect(values).toEqual(values.map((_, scrape) => scrape));
    }
    expect(new Set(gate.statuses)).toEqual(new Set([204]));
    expect(await metric('prom_agent_remote_storage_samples_dropped_total')).toBe(0);
  });
});
