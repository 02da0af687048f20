import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const times = { scrape_interval: '1s', scrape_timeout: '900ms' };

async function exporter(body = 'a_metric 1\n'): Promise<FakeExporter & { ports: Set<number> }> {
  const ports = new Set<number>();
  const serve = serveBody(body);
  const started = await startExporter((request, response) => {
    ports.add(request.socket.remotePort ?? 0);
    serve(request, response);
  });
  closers.push(() => started.stop());
  return Object.assign(started, { ports });
}

/** A remote-write receiver that takes everything. */
async function receiver(): Promise<FakeExporter> {
  const started = await startExporter((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  closers.push(() => started.stop());
  return started;
}

async function worker(config: object, ...flags: string[]): Promise<WorkerProcess> {
  const started = await startWorker({ config, flags });
  closers.push(() => started.stop());
  return started;
}

const job = (name: string, address: string, more: object = {}) => ({
  job_name: name,
  static_configs: [{ targets: [address] }],
  ...more,
});

const write = (started: WorkerProcess, config: object | string) =>
  writeFile(started.configFile, typeof config === 'string' ? config : JSON.stringify(config));

const reload = (started: WorkerProcess, method = 'POST') =>
  fetch(`${started.url}/-/reload`, { method });

async function metric(started: WorkerProcess, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${started.url}/metrics`)).text();
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** How often each job's targets are there: `a a b`. */
async function jobs(started: WorkerProcess): Promise<string> {
  const answer = (await (await fetch(`${started.url}/api/v1/targets?state=active`)).json()) as {
    data: { activeTargets: { scrapePool: string }[] };
  };
  return answer.data.activeTargets.map(({ scrapePool }) => scrapePool).join(' ');
}

describe.skipIf(requireServer('prometheus'))('twenty reloads', () => {
  it('leave a target that does not change its grid, its socket and its series', async () => {
    const steady = await exporter();
    const other = await exporter('b_metric 1\n');
    const prometheus = await startPrometheus({ remoteWriteReceiver: true });
    closers.push(() => prometheus.stop());
    const config = (i: number) => ({
      global: times,
      scrape_configs: [
        job('steady', steady.address),
        job('other', other.address, {
          metrics_path: i % 2 === 0 ? '/metrics' : '/other',
          metric_relabel_configs: [{ target_label: 'reload', replacement: String(i % 3) }],
        }),
        ...(i % 2 === 0 ? [] : [job(`extra${i}`, other.address)]),
      ],
      remote_write: [
        { url: prometheus.remoteWriteUrl, queue_config: { batch_send_deadline: '200ms' } },
      ],
      agent: { self: { enabled: false } },
    });
    const started = await worker(config(0), '--web.enable-lifecycle');
    await expect.poll(() => steady.requests.length, { timeout: 30_000 }).toBeGreaterThan(1);
    for (let i = 1; i <= 20; i++) {
      await write(started, config(i));
      if (i % 2 === 0) expect((await reload(started)).status).toBe(200);
      else started.process.signal('SIGHUP');
      await delay(300);
    }
    expect(await metric(started, 'prom_agent_config_last_reload_successful')).toBe(1);
    const scrapes = steady.requests.map(({ atMs }) => atMs);
    await prometheus.find('a_metric{job="steady"}');
    const [up] = await prometheus.query('up{job="steady"}[1h]');
    const stamps = up?.samples.map(({ timestampMs }) => timestampMs) ?? [];
    const ticks = stamps.map((stampMs) => Math.round((stampMs - stamps[0]!) / 1000));
    expect(ticks).toEqual(ticks.map((_, i) => i));
    // On a loaded machine a scrape may take too long, and closes its socket.
    const broken = up?.samples.filter(({ value }) => value === 0).length ?? 0;
    expect(steady.ports.size).toBeLessThanOrEqual(1 + broken);
    // A marker would end the series until the next sample: seen at a quarter of a second.
    const query = new URLSearchParams({
      query: 'a_metric{job="steady"}',
      start: String(scrapes[1]! / 1000 + 0.5),
      end: String(scrapes.at(-3)! / 1000),
      step: '0.25',
    });
    const answer = await fetch(`${prometheus.url}/api/v1/query_range?${query}`);
    const { data } = (await answer.json()) as {
      data: { result: { values: [number, string][] }[] };
    };
    const seen = data.result.flatMap(({ values }) => values.map(([at]) => at));
    expect(data.result).toHaveLength(1);
    expect(seen.length).toBeGreaterThan(10);
    for (const [i, at] of seen.entries()) if (i > 0) expect(at - seen[i - 1]!).toBeCloseTo(0.25);
  }, 60_000);
});

describe('a reload', () => {
  it('that brings a bad configuration changes nothing, and says why', async () => {
    const target = await exporter();
    const good = { global: times, scrape_configs: [job('good', target.address)] };
    const started = await worker(good, '--web.enable-lifecycle');
    const goodAt = await metric(started, 'prom_agent_config_last_reload_success_timestamp_seconds');
    await write(started, 'scrape_configs:\n- job_name: x\n  scrape_intervall: 5s\n');
    const answer = await reload(started, 'PUT');
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringMatching(/^failed to reload config: [\s\S]*:3:3: .*scrape_intervall/),
    ]);
    expect(started.process.output()).toMatch(/level=error msg="the new configuration is not taken/);
    expect(await jobs(started)).toBe('good');
    expect(await metric(started, 'prom_agent_config_last_reload_successful')).toBe(0);
    expect(await metric(started, 'prom_agent_config_last_reload_success_timestamp_seconds')).toBe(
      goodAt,
    );
    await write(started, good);
    expect((await reload(started)).status).toBe(200);
    expect(await metric(started, 'prom_agent_config_last_reload_successful')).toBe(1);
  });

  it('adds and removes outputs; one that stays is not interrupted', async () => {
    const target = await exporter();
    const [stays, comes] = [await receiver(), await receiver()];
    const queue_config = { batch_send_deadline: '100ms' };
    const config = (...urls: string[]) => ({
      global: times,
      scrape_configs: [job('a', target.address)],
      remote_write: urls.map((url) => ({ url, queue_config })),
    });
    const started = await worker(config(stays.url), '--web.enable-lifecycle');
    await expect.poll(() => stays.requests.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await write(started, config(comes.url, stays.url));
    expect((await reload(started)).status).toBe(200);
    await expect.poll(() => comes.requests.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await write(started, config(stays.url));
    expect((await reload(started)).status).toBe(200);
    const [before, after] = [stays.requests.length, comes.requests.length];
    await expect.poll(() => stays.requests.length, { timeout: 30_000 }).toBeGreaterThan(before + 2);
    // What was queued when it went may still have gone out.
    expect(comes.requests.length).toBeLessThanOrEqual(after + 2);
    expect(await metric(started, 'prom_agent_remote_storage_samples_total')).toBeGreaterThan(0);
  });

  it('says which settings wait for the next start', async () => {
    const started = await worker({ agent: { threads: 1 } }, '--web.enable-lifecycle');
    await write(started, { agent: { threads: 2 } });
    expect((await reload(started)).status).toBe(200);
    expect(started.process.output()).toMatch(/level=warn msg="this setting .* restarts" .*threads/);
  });

  it('is refused, as is the stop, unless it is allowed', async () => {
    const started = await worker({});
    for (const path of ['/-/reload', '/-/quit']) {
      const answer = await fetch(`${started.url}${path}`, { method: 'POST' });
      expect([answer.status, await answer.text()]).toEqual([403, 'Lifecycle API is not enabled.']);
    }
    expect((await fetch(`${started.url}/-/reload`)).status).toBe(405);
  });

  it('is not what /-/quit does', async () => {
    const started = await worker({}, '--web.enable-lifecycle');
    const answer = await fetch(`${started.url}/-/quit`, { method: 'POST' });
    expect(await answer.text()).toBe('Requesting termination... Goodbye!');
    expect(await started.process.ended).toEqual({ code: 0, signal: null });
  });
});

describe('--config.auto-reload', () => {
  it('sees a change of the file, and of files of scrape_config_files, new ones too', async () => {
    const target = await exporter();
    const config = (name: string) => ({
      global: times,
      scrape_config_files: ['more-*.yml'],
      scrape_configs: [job(name, target.address)],
    });
    const started = await worker(
      config('a'),
      '--config.auto-reload',
      '--config.auto-reload-interval=200ms',
    );
    expect(await jobs(started)).toBe('a');
    await write(started, config('b'));
    await expect.poll(() => jobs(started), { timeout: 30_000 }).toBe('b');
    const more = join(dirname(started.configFile), 'more-1.yml');
    await writeFile(more, JSON.stringify({ scrape_configs: [job('c', target.address)] }));
    await expect.poll(() => jobs(started), { timeout: 30_000 }).toBe('b c');
    await writeFile(more, JSON.stringify({ scrape_configs: [job('d', target.address)] }));
    await expect.poll(() => jobs(started), { timeout: 30_000 }).toBe('b d');
  });

  it('tries a bad file once, and the next one', async () => {
    const started = await worker({}, '--config.auto-reload', '--config.auto-reload-interval=100ms');
    const successful = () => metric(started, 'prom_agent_config_last_reload_successful');
    await write(started, 'nonsense: [');
    await expect.poll(successful, { timeout: 30_000 }).toBe(0);
    await delay(500);
    expect(started.process.output().match(/is not taken/g)).toHaveLength(1);
    await write(started, '# fine\n');
    await expect.poll(successful, { timeout: 30_000 }).toBe(1);
  });

  it('says once that the file is gone, sets the metric, and takes the file that comes back', async () => {
    const started = await worker({}, '--config.auto-reload', '--config.auto-reload-interval=100ms');
    const successful = () => metric(started, 'prom_agent_config_last_reload_successful');
    await rm(started.configFile);
    await expect.poll(successful, { timeout: 30_000 }).toBe(0);
    await delay(500);
    expect(started.process.output().match(/there is no such file/g)).toHaveLength(1);
    await write(started, { scrape_configs: [{ job_name: 'back' }] });
    await expect.poll(successful, { timeout: 30_000 }).toBe(1);
  });
});
