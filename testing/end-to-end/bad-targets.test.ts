import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileHandlers, refusingAddress } from '../exporters/hostile.js';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const intervalMs = 1000;

/** What the target's last error has to say. */
const reasons: Readonly<Record<string, RegExp>> = {
  refuses: /refused/i,
  'has no such name': /no-such-host\.invalid/,
  'hangs before the headers': /within 500 ms/,
  'hangs in the middle of the body': /within 500 ms/,
  'sends garbage': /line \d+/,
  'sends a line that is no sample': /line \d+/,
  'sends half a body and resets': /reset|closed/i,
  'ends in the middle of a chunked body': /reset|closed/i,
  'sends half a gzip stream': /gzip/i,
  'says gzip and sends text': /gzip/i,
  'sends 1 GB': /memory|limit/i,
  'sends series without end': /memory|limit/i,
  'sends a gzip bomb': /memory|limit/i,
  'redirects in a loop': /redirect/i,
  'sends a web page': /text\/html/,
  'sends no content type': /content type ""/,
  'answers 500': /500/,
};

/** Given the time to reach the bound on memory. */
const isLarge = (job: string): boolean => /1 GB|without end|bomb/.test(job);

interface ActiveTarget {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

describe.skipIf(requireServer('prometheus'))('targets that misbehave, one good one beside', () => {
  const exporters: FakeExporter[] = [];
  let prometheus: PrometheusServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    const good = await startExporter(serveBody((scrape) => ({ body: `good_scrape ${scrape}\n` })));
    exporters.push(good);
    const addresses: Record<string, string> = {
      good: good.address,
      refuses: await refusingAddress(),
      'has no such name': 'no-such-host.invalid:9100',
    };
    for (const [name, handler] of Object.entries(hostileHandlers)) {
      const exporter = await startExporter(handler);
      exporters.push(exporter);
      addresses[name] = exporter.address;
    }
    prometheus = await startPrometheus({ remoteWriteReceiver: true });
    worker = await startWorker({
      config: {
        global: { scrape_interval: '1s', scrape_timeout: '500ms' },
        scrape_configs: Object.entries(addresses).map(([job_name, address]) => ({
          job_name,
          ...(job_name === 'good' ? { scrape_timeout: '1s' } : {}),
          ...(isLarge(job_name) ? { scrape_interval: '5s', scrape_timeout: '5s' } : {}),
          static_configs: [{ targets: [address] }],
        })),
        remote_write: [
          { url: prometheus.remoteWriteUrl, queue_config: { batch_send_deadline: '100ms' } },
        ],
        agent: { threads: 1, thread_memory: '128MB', self: { enabled: false } },
      },
    });
    await prometheus.find('count_over_time(up{job="good"}[1h]) >= 10');
  });

  afterAll(async () => {
    await worker?.stop();
    await prometheus?.stop();
    for (const exporter of exporters) await exporter.stop();
  });

  it.each(Object.entries(reasons))('%s: up 0 and the reason', async (job, reason) => {
    const [up] = await prometheus.query(`up{job="${job}"}[1h]`);
    expect(up?.samples.length).toBeGreaterThan(isLarge(job) ? 0 : 3);
    expect(new Set(up?.samples.map(({ value }) => value))).toStrictEqual(new Set([0]));
    const others = await prometheus.query(`{job="${job}",__name__!~"up|scrape_.*"}`);
    expect(others).toStrictEqual([]);
    const lastOf = async () =>
      (await activeTargets(worker)).find(({ scrapePool }) => scrapePool === job);
    // On a loaded machine one scrape in some ends for its time, not for what it met.
    await expect
      .poll(lastOf, { timeout: 20_000 })
      .toMatchObject({ health: 'down', lastError: expect.stringMatching(reason) });
  });

  it('the good one is scraped at every tick', async () => {
    const [up] = await prometheus.query('up{job="good"}[1h]');
    expect(new Set(up?.samples.map(({ value }) => value))).toStrictEqual(new Set([1]));
    const times = up?.samples.map(({ timestampMs }) => timestampMs) ?? [];
    // A tick that a loaded machine runs late is stamped with its own time, after the grid's.
    const [phaseMs = 0] = mostFrequent(times.map((timeMs) => timeMs % intervalMs));
    const ticks = times.map((timeMs) => Math.floor((timeMs - phaseMs) / intervalMs));
    expect(ticks).toStrictEqual(times.map((_, tick) => (ticks[0] ?? 0) + tick));
    const [scrapes] = await prometheus.query('good_scrape[1h]');
    expect(scrapes?.samples.map(({ value }) => value)).toStrictEqual(times.map((_, i) => i));
  });

  it('memory stays within what one thread may have', async () => {
    const status = await readFile(`/proc/${worker.process.pid}/status`, 'utf8');
    const peakMiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    expect(peakMiB).toBeLessThan(512);
  });

  it('the log says what is wrong once, not at each scrape', () => {
    const lines = worker.process.output().split('\n');
    const about = lines.filter((line) => line.includes('answers 500'));
    expect(about.length).toBeLessThanOrEqual(2);
  });
});

async function activeTargets(worker: WorkerProcess): Promise<readonly ActiveTarget[]> {
  const answer = await (await fetch(`${worker.url}/api/v1/targets`)).json();
  return (answer as { data: { activeTargets: ActiveTarget[] } }).data.activeTargets;
}

function mostFrequent(numbers: readonly number[]): number[] {
  const countOf = (number: number) => numbers.filter((other) => other === number).length;
  return numbers.toSorted((a, b) => countOf(b) - countOf(a));
}
