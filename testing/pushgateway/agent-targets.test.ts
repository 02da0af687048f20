import { renderExposition } from '@prom-agent/core/exposition';
import { afterEach, describe, expect, test } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { groupsOf, type PushScene, samples, startPushing, until } from './push-scene.js';

const timeoutMs = 120_000;
const body = `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 3
jobs_total{queue="b"} 1e+21
# TYPE took_seconds histogram
took_seconds_bucket{le="0.5"} 1
took_seconds_bucket{le="+Inf"} 2
took_seconds_sum 3.25
took_seconds_count 2
# TYPE size summary
size{quantile="0.5"} 7
size_sum 9
size_count 3
stamped 5 1600000000000
`;
const protobuf = { 'content-type': 'application/vnd.google.protobuf;encoding=delimited' };

describe.each(['pushgateway', 'pushgateway-1.5'] as const)('targets on a real %s', (program) => {
  const isOld = program === 'pushgateway-1.5';
  const skipped = requireServer(program);
  let gateway: Pushgateway;
  let scene: PushScene | undefined;
  const exporters: FakeExporter[] = [];

  async function serve(...args: Parameters<typeof serveBody>): Promise<string> {
    const exporter = await startExporter(serveBody(...args));
    exporters.push(exporter);
    return exporter.address;
  }

  const values = async (name: string, label?: string) =>
    (await samples(gateway, name)).map(({ labels, value }) => [label && labels[label], value]);

  afterEach(async () => {
    await scene?.agent.close({ deadlineMs: 5_000 });
    scene = undefined;
    await Promise.all(exporters.splice(0).map((exporter) => exporter.stop()));
    await gateway?.stop();
  });

  test.skipIf(skipped)(
    'are groups with all their labels; samples come without their times, up beside them',
    async () => {
      gateway = await startPushgateway({ program });
      const target = await serve(body);
      const labels = { zone: 'a/b', empty: '', dots: '..', dot: '.', plus: 'a+b c', umlaut: 'ü😀' };
      // Long, for a scrape that a busy machine lets time out says `up 0` alone.
      const global = { scrapeIntervalMs: 3_000, scrapeTimeoutMs: 3_000 };
      const targets = [target, '127.0.0.1:1'];
      scene = await startPushing({ url: gateway.url, targets, labels, options: { global } });
      const { empty: _, ...kept } = labels;
      const group = { job: 'j', instance: target, ...kept };
      await until('both', async () => (await samples(gateway, 'up')).length === 2);
      expect(await groupsOf(gateway)).toEqual(
        expect.arrayContaining([group, { ...group, instance: '127.0.0.1:1' }]),
      );
      expect(await samples(gateway, 'jobs_total')).toEqual([
        { name: 'jobs_total', labels: { ...group, queue: 'a' }, value: '3' },
        { name: 'jobs_total', labels: { ...group, queue: 'b' }, value: '1e+21' },
      ]);
      expect(await values('took_seconds_bucket', 'le')).toEqual([
        ['0.5', '1'],
        ['+Inf', '2'],
      ]);
      expect(await values('took_seconds_sum')).toEqual([[undefined, '3.25']]);
      expect(await values('size', 'quantile')).toEqual([['0.5', '7']]);
      expect(await values('stamped')).toEqual([[undefined, '5']]);
      expect(await values('up', 'instance')).toEqual(
        expect.arrayContaining([
          [target, '1'],
          ['127.0.0.1:1', '0'],
        ]),
      );
      const text = await gateway.metrics();
      expect(text).toContain('# HELP jobs_total Jobs.\n# TYPE jobs_total counter');
      expect(text).toContain('# TYPE took_seconds histogram');
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'series that are gone leave the group, and after a failed scrape all but up 0',
    async () => {
      gateway = await startPushgateway({ program });
      let state = 'two';
      const target = await serve(() =>
        state === 'down'
          ? { status: 500, body: '' }
          : { body: state === 'two' ? 'a{n="1"} 1\na{n="2"} 2\n' : 'a{n="1"} 3\n' },
      );
      scene = await startPushing({ url: gateway.url, targets: [target] });
      await until('two', async () => (await samples(gateway, 'a')).length === 2);
      state = 'one';
      await until('one', async () => (await values('a', 'n')).join() === '1,3');
      state = 'down';
      await until('up 0', async () => (await values('up')).join() === ',0');
      expect(await samples(gateway, 'a')).toEqual([]);
      state = 'two';
      await until('up again', async () => (await values('a', 'n')).join() === '1,1,2,2');
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    `native histograms arrive ${isOld ? 'as count and sum' : 'as they are'}`,
    async () => {
      gateway = await startPushgateway({ program });
      const native = {
        schema: 3,
        zeroThreshold: 0.001,
        zeroCount: 1,
        positiveSpans: [{ offset: 0, length: 2 }],
        positiveCounts: [2, 3],
        negativeSpans: [],
        negativeCounts: [],
      };
      const series = { labels: [], upperBounds: [], bucketCounts: [], count: 6, sum: 3.5, native };
      const exposition = renderExposition(
        [
          { name: 'latency', type: 'histogram', help: 'Of it.', series: [series] },
          // A type that makes 1.5 answer no scrape any more, should it get it.
          { name: 'depth', type: 'gaugehistogram', series: [{ ...series, isFloat: true }] },
          { name: 'plain_total', type: 'counter', series: [{ labels: [], value: 4 }] },
        ],
        { format: 'protobuf', escaping: 'allow-utf-8' },
      );
      const target = await serve({ body: exposition, headers: protobuf });
      scene = await startPushing({
        url: gateway.url,
        targets: [target],
        options: {
          global: {
            scrapeIntervalMs: 300,
            scrapeTimeoutMs: 300,
            scrapeNativeHistograms: true,
          },
        },
      });
      await until('pushed', async () => (await samples(gateway, 'latency_count')).length === 1);
      expect(await values('latency_count')).toEqual([[undefined, '6']]);
      expect(await values('latency_sum')).toEqual([[undefined, '3.5']]);
      expect(await values('plain_total')).toEqual([[undefined, '4']]);
      expect(await values('depth_count')).toEqual([[undefined, '6']]);
      const accept =
        'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
      const scraped = Buffer.from(await gateway.metrics(accept), 'latin1');
      // sint32 schema = 5, as zigzag.
      expect(scraped.includes(Buffer.from([0x28, 0x06]))).toBe(!isOld);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    `names in UTF-8 arrive ${isOld ? 'escaped' : 'as they are'}`,
    async () => {
      gateway = await startPushgateway({
        program,
        flags: isOld ? [] : ['--push.enable-utf8-names'],
      });
      const target = await serve('{"http.requests","my.label"="ü\\n\\"x"} 3\nplain 1\n');
      scene = await startPushing({
        url: gateway.url,
        targets: [target],
        block: { grouping: { 'a.b': 'c/d' } },
      });
      const [name, label] = isOld ? ['http_requests', 'my_label'] : ['http.requests', 'my.label'];
      await until('pushed', async () => (await samples(gateway, name)).length === 1);
      expect(await values(name, label)).toEqual([['ü\n"x', '3']]);
      const groupLabel = isOld ? 'U__a_2e_b' : 'a.b';
      expect((await samples(gateway, name))[0]?.labels[groupLabel]).toBe('c/d');
      expect(await values('plain')).toEqual([[undefined, '1']]);
      expect(scene.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'a clash of types is refused for its group alone, until it is over, and logged once',
    async () => {
      gateway = await startPushgateway({ program });
      const other = { method: 'PUT', body: '# TYPE a gauge\na 1\n' };
      await fetch(`${gateway.url}/metrics/job/other`, other);
      const clashing = await serve('# TYPE a counter\na 2\n');
      const good = await serve('b 3\n');
      scene = await startPushing({ url: gateway.url, targets: [clashing, good] });
      const { agent, lines } = scene;
      const rejected = () => agent.outputs()[0]?.samplesDropped.rejected ?? 0;
      await until('refused twice', () => rejected() >= 12);
      expect(await values('b')).toEqual([[undefined, '3']]);
      await until('counted', () => agent.outputs()[0]?.pushes?.groupsRefused === 1);
      expect(agent.outputs()[0]?.pushes).toMatchObject({ groups: 2 });
      expect(lines.filter(({ message }) => message.includes('refuses a group'))).toEqual([
        expect.objectContaining({
          level: 'warn',
          fields: expect.objectContaining({ error: expect.stringContaining('HTTP 400') }),
        }),
      ]);
      await fetch(`${gateway.url}/metrics/job/other`, { method: 'DELETE' });
      await until('accepted', async () => (await values('a')).join() === ',2');
      await until('told', () => lines.some(({ message }) => message.includes('refuses no group')));
      await until('no error', () => agent.outputs()[0]?.lastError === '');
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'labels that honor_labels lets stand do not become those of the group',
    async () => {
      gateway = await startPushgateway({ program });
      const target = await serve('a{instance="x"} 1\na{instance="y"} 2\n');
      scene = await startPushing({
        url: gateway.url,
        options: {
          scrapeConfigs: [
            { jobName: 'j', honorLabels: true, staticConfigs: [{ targets: [target] }] },
          ],
        },
      });
      await until('pushed', async () => (await samples(gateway, 'a')).length === 2);
      expect(await values('a', 'exported_instance')).toEqual([
        ['x', '1'],
        ['y', '2'],
      ]);
      expect(await values('a', 'instance')).toEqual([
        [target, '1'],
        [target, '2'],
      ]);
    },
    timeoutMs,
  );
});
