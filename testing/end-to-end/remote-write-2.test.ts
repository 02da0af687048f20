import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uncompress } from '../../packages/core/src/outputs/wire/uncompress.js';
import {
  type DecodedSeries,
  decodeVersion2,
} from '../../packages/core/src/outputs/wire/write-messages.contract.js';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startVictoriaMetrics, type VictoriaMetricsServer } from '../servers/victoria-metrics.js';
import { startVmagent, type VmagentServer } from '../servers/vmagent.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const message = 'io.prometheus.write.v2.Request';
/** Before the first scrape, and not so long that Prometheus refuses it. */
const startedSeconds = Math.floor(Date.now() / 1000) - 120;

function body(scrape: number) {
  const lines = [
    '# HELP jobs Jobs done.',
    '# TYPE jobs counter',
    `jobs_total{queue="a"} ${scrape + 5} # {trace_id="t${scrape}"} 1 ${Date.now() / 1000}`,
    `jobs_created{queue="a"} ${startedSeconds}`,
    '# EOF',
  ];
  const headers = { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' };
  return { body: `${lines.join('\n')}\n`, headers };
}

function startAgent(exporter: FakeExporter, url: string): Promise<WorkerProcess> {
  const target = exporter.address;
  return startWorker({
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '900ms' },
      scrape_configs: [{ job_name: 'jobs', static_configs: [{ targets: [target] }] }],
      remote_write: [{ url, protobuf_message: message, send_exemplars: true }],
    },
  });
}

describe.skipIf(requireServer('prometheus'))('a real Prometheus receives by 2.0', () => {
  let exporter: FakeExporter;
  let prometheus: PrometheusServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    exporter = await startExporter(serveBody(body));
    prometheus = await startPrometheus({
      remoteWriteReceiver: true,
      flags: ['--enable-feature=exemplar-storage,created-timestamp-zero-ingestion'],
      config: { storage: { exemplars: { max_exemplars: 1000 } } },
    });
    worker = await startAgent(exporter, prometheus.remoteWriteUrl);
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await prometheus?.stop();
    await exporter?.stop();
  });

  it('when a series began: it is zero then', async () => {
    const [series] = await prometheus.find('jobs_total[5m]');
    expect(series?.samples[0]).toEqual({ timestampMs: startedSeconds * 1000, value: 0 });
    expect(series?.samples[1]?.value).toBeGreaterThanOrEqual(5);
  });

  it('the series that says so as it was scraped', async () => {
    const [series] = await prometheus.find('jobs_created');
    expect(series?.samples[0]?.value).toBe(startedSeconds);
  });

  it('exemplars', async () => {
    await prometheus.find('jobs_total');
    const now = Date.now() / 1000;
    const query = `query=jobs_total&start=${now - 60}&end=${now + 60}`;
    const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`);
    const { data } = (await answer.json()) as {
      data: { exemplars: { labels: Record<string, string>; value: string }[] }[];
    };
    expect(data[0]?.exemplars[0]).toMatchObject({ labels: { trace_id: 't0' }, value: '1' });
  });
});

describe.skipIf(requireServer('prometheus'))(
  'a real Prometheus passes on what it got by 2.0',
  () => {
    const series: DecodedSeries[] = [];
    let exporter: FakeExporter;
    let end: Server;
    let prometheus: PrometheusServer;
    let worker: WorkerProcess;

    beforeAll(async () => {
      exporter = await startExporter(serveBody(body));
      end = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        series.push(...decodeVersion2(uncompress(Buffer.concat(chunks))).series);
        response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': '1' }).end();
      });
      end.listen(0, '127.0.0.1');
      await once(end, 'listening');
      const { port } = end.address() as AddressInfo;
      const on = {
        url: `http://127.0.0.1:${port}/`,
        protobuf_message: message,
        queue_config: { batch_send_deadline: '200ms' },
      };
      prometheus = await startPrometheus({
        remoteWriteReceiver: true,
        // What series say of themselves is kept, and sent on.
        flags: ['--enable-feature=metadata-wal-records'],
        config: { remote_write: [on] },
      });
      worker = await startAgent(exporter, prometheus.remoteWriteUrl);
    }, 60_000);

    afterAll(async () => {
      await worker?.stop();
      await prometheus?.stop();
      await exporter?.stop();
      end?.close();
    });

    it('the type and the help of a metric', async () => {
      const jobs = () =>
        series.findLast(({ labels }) => labels.some(([, value]) => value === 'jobs_total'));
      await expect.poll(() => jobs()?.metadata, { timeout: 30_000, interval: 200 }).toBeDefined();
      expect(jobs()?.metadata).toMatchObject({ type: 1, help: 'Jobs done.' });
    }, 40_000);
  },
);

const of1 = ['VictoriaMetrics', 'vmagent'] as const;
const isOneMissing = requireServer('victoria-metrics') || requireServer('vmagent');

describe.skipIf(isOneMissing).each(of1)('%s, which knows 1.0 alone,', (receiver) => {
  let exporter: FakeExporter;
  let server: VictoriaMetricsServer;
  let vmagent: VmagentServer | undefined;
  let worker: WorkerProcess;

  beforeAll(async () => {
    exporter = await startExporter(serveBody(body));
    server = await startVictoriaMetrics();
    if (receiver === 'vmagent') vmagent = await startVmagent('{}', [], server.remoteWriteUrl);
    const url = vmagent === undefined ? server.remoteWriteUrl : `${vmagent.url}/api/v1/write`;
    worker = await startAgent(exporter, url);
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await vmagent?.stop();
    await server?.stop();
    await exporter?.stop();
  });

  it('has every sample from the first on', async () => {
    await expect
      .poll(async () => (await server.samples('jobs_total'))[0]?.samples.length ?? 0, {
        timeout: 30_000,
        interval: 500,
      })
      .toBeGreaterThan(1);
    const [series] = await server.samples('jobs_total');
    expect(series?.samples.slice(0, 2).map(({ value }) => value)).toEqual([5, 6]);
    expect(worker.process.output()).toContain('does not know 2.0');
  }, 40_000);
});
