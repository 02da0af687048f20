import { describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { startExporter } from '../exporters/start-exporter.js';
import { freePort } from './free-port.js';
import { startNodeExporter } from './node-exporter.js';
import { startPrometheus } from './prometheus.js';
import { startPushgateway } from './pushgateway.js';
import { startRedis, startRedisExporter } from './redis.js';
import { requireServer } from './require-server.js';
import { answers, startProcess } from './start-process.js';

describe('starting a process', () => {
  it('says what the process wrote last when it ends before it is ready', async () => {
    const starting = startProcess({
      command: process.execPath,
      args: ['-e', 'console.error("no such disk"); process.exit(3)'],
      ready: async () => false,
    });
    await expect(starting).rejects.toThrow(/exit code 3 before it was ready:\nno such disk/);
  });

  it('stops a process that does not get ready', async () => {
    const starting = startProcess({
      command: 'sleep',
      args: ['100'],
      ready: async () => false,
      readyTimeoutMs: 100,
    });
    await expect(starting).rejects.toThrow('sleep not ready in 100 ms');
  });

  it('kills the children of a process too', async () => {
    const port = await freePort();
    const listen = `require('http').createServer((q, s) => s.end()).listen(${port}, '127.0.0.1')`;
    const running = await startProcess({
      command: 'sh',
      args: ['-c', `"${process.execPath}" -e "${listen}" & wait`],
      ready: answers(`http://127.0.0.1:${port}/`),
    });
    await running.stop();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('names the installer when the program is missing', async () => {
    const starting = startProcess({ command: 'no-such-server', args: [], ready: async () => true });
    await expect(starting).rejects.toThrow('testing/servers/install.sh');
  });
});

describe.skipIf(requireServer('prometheus'))('a real Prometheus', () => {
  it('gives back what it scraped, to the bit of a float', async () => {
    const exporter = await startExporter(serveBody('a{b="c"} 0.1\ntiny 1e-320\ninfinite -Inf\n'));
    const prometheus = await startPrometheus({
      config: {
        global: { scrape_interval: '100ms', scrape_timeout: '100ms' },
        scrape_configs: [{ job_name: 'j', static_configs: [{ targets: [exporter.address] }] }],
      },
    });
    try {
      const value = async (promql: string): Promise<number | undefined> =>
        (await prometheus.query(promql))[0]?.samples[0]?.value;
      await expect.poll(() => value('a{b="c",job="j"}'), { timeout: 30_000 }).toBe(0.1);
      expect(await value('tiny')).toBe(1e-320);
      expect(await value('infinite')).toBe(Number.NEGATIVE_INFINITY);
      expect((await prometheus.query('a[1m]'))[0]?.samples[0]?.timestampMs).toBeGreaterThan(1e12);
      await expect(prometheus.query('a{')).rejects.toThrow('parse error');
    } finally {
      await prometheus.stop();
      await exporter.stop();
    }
  });

  it('runs as an agent', async () => {
    const prometheus = await startPrometheus({ agent: true });
    await prometheus.stop();
  });
});

describe.skipIf(requireServer('node_exporter'))('a real node_exporter', () => {
  it('serves the metrics of this machine', async () => {
    const exporter = await startNodeExporter();
    try {
      expect(await (await fetch(exporter.url)).text()).toContain('\nnode_cpu_seconds_total{');
    } finally {
      await exporter.stop();
    }
  });
});

describe.skipIf(requireServer('redis-server', 'redis_exporter'))('a real redis_exporter', () => {
  it('serves the metrics of its Redis', async () => {
    const redis = await startRedis();
    const exporter = await startRedisExporter(redis);
    try {
      expect(await (await fetch(exporter.url)).text()).toContain('\nredis_up 1\n');
    } finally {
      await exporter.stop();
      await redis.stop();
    }
  });
});

describe.each(['pushgateway', 'pushgateway-1.5'] as const)('a real %s', (program) => {
  it.skipIf(requireServer(program)).each([
    [true, 1],
    [false, 0],
  ])('that is persistent: %s, has %i groups after a restart', async (persistent, count) => {
    const gateway = await startPushgateway({ program, persistent });
    try {
      const response = await fetch(`${gateway.url}/metrics/job/j`, {
        method: 'PUT',
        body: 'a 1\n',
      });
      expect(response.status).toBe(200);
      expect((await gateway.groups()).map(({ labels }) => labels)).toEqual([{ job: 'j' }]);
      // It writes its file within the interval of its persistence.
      gateway.process()?.signal('SIGTERM');
      await gateway.process()?.ended;
      await gateway.kill();
      await gateway.start();
      expect(await gateway.groups()).toHaveLength(count);
      expect(await gateway.metrics()).toContain('pushgateway_build_info');
    } finally {
      await gateway.stop();
    }
  });
});
