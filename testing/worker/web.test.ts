import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

let exporter: FakeExporter;
let worker: WorkerProcess;

beforeAll(async () => {
  exporter = await startExporter(serveBody('a_metric{x="1"} 2\n'));
  worker = await startWorker({
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '500ms' },
      scrape_configs: [
        {
          job_name: 'good',
          static_configs: [{ targets: [exporter.address], labels: { zone: 'a' } }],
        },
        { job_name: 'refused', static_configs: [{ targets: ['127.0.0.1:1'] }] },
      ],
    },
  });
});
afterAll(async () => {
  await worker?.stop();
  await exporter?.stop();
});

const get = (path: string, init?: RequestInit) => fetch(`${worker.url}${path}`, init);

interface ApiTarget {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

async function activeTargets(): Promise<readonly ApiTarget[]> {
  const answer = (await (await get('/api/v1/targets')).json()) as {
    status: string;
    data: { activeTargets: ApiTarget[] };
  };
  expect(answer.status).toBe('success');
  return answer.data.activeTargets;
}

describe('the web server of the worker', () => {
  it.each([
    ['/-/healthy', 'prom-agent is healthy.\n'],
    ['/-/ready', 'prom-agent is ready.\n'],
  ])('%s says so', async (path, words) => {
    await expect.poll(async () => (await get(path)).status).toBe(200);
    expect(await (await get(path)).text()).toBe(words);
  });

  it('/ leads to everything else', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const links = [...(await response.text()).matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links.length).toBeGreaterThanOrEqual(5);
    for (const link of links) expect((await get(link!)).status, link).toBe(200);
  });

  it('/metrics has the metrics of the agent and of the process', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const body = await response.text();
    expect(body).toContain('prom_agent_build_info{');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('/federate gives the last samples that match', async () => {
    const path = '/federate?match[]=a_metric&match[]=up{job="good"}';
    const labels = `instance="${exporter.address}",job="good"`;
    await expect
      .poll(async () => (await get(path)).text(), { timeout: 30_000 })
      .toMatch(
        new RegExp(`a_metric\\{${labels},x="1",zone="a"\\} 2 \\d{13}\n[\\s\\S]*up\\{${labels}`),
      );
  });

  it('/federate refuses a selector it cannot read', async () => {
    const response = await get('/federate?match[]={');
    expect(response.status).toBe(400);
    expect(await response.text()).not.toBe('');
  });

  it('/api/v1/targets has the fields of Prometheus', async () => {
    await expect
      .poll(async () => (await activeTargets()).map(({ health }) => health).toSorted(), {
        timeout: 30_000,
      })
      .toEqual(['down', 'up']);
    const targets = await activeTargets();
    const good = targets.find(({ scrapePool }) => scrapePool === 'good');
    const refused = targets.find(({ scrapePool }) => scrapePool === 'refused');
    expect(good).toEqual({
      discoveredLabels: expect.objectContaining({ __address__: exporter.address, zone: 'a' }),
      labels: { instance: exporter.address, job: 'good', zone: 'a' },
      scrapePool: 'good',
      scrapeUrl: exporter.url,
      globalUrl: expect.stringMatching(/^http:\/\/.+\/metrics$/),
      lastError: '',
      lastScrape: expect.stringMatching(/^20\d\d-.*Z$/),
      lastScrapeDuration: expect.any(Number),
      health: 'up',
      scrapeInterval: '1s',
      scrapeTimeout: '500ms',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(refused?.health).toBe('down');
    expect(refused?.lastError).not.toBe('');
  });

  it('refuses what it does not know in plain words', async () => {
    const missing = await get('/nope');
    expect([missing.status, await missing.text()]).toEqual([
      404,
      'not found: see / for what this agent serves\n',
    ]);
    const posted = await get('/metrics', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow'), await posted.text()]).toEqual([
      405,
      'GET, HEAD',
      'POST is not allowed here: use GET\n',
    ]);
  });

  it('answers HEAD without a body', async () => {
    for (const path of ['/', '/metrics', '/-/healthy']) {
      const response = await get(path, { method: 'HEAD' });
      expect([response.status, await response.text()], path).toEqual([200, '']);
    }
  });

  it.each([
    ['GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
    ['GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
    ['GET /%zz?%zz=%e0%a4%a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
    ['rubbish\r\n\r\n', '400'],
  ])('survives %j', async (request, status) => {
    const { hostname, port } = new URL(worker.url);
    const socket = connect(Number(port), hostname);
    socket.end(request);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
