import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const messages = { '1.0': 'prometheus.WriteRequest', '2.0': 'io.prometheus.write.v2.Request' };
const times = { scrape_interval: '1s', scrape_timeout: '900ms' };

/** What Prometheus itself measures its HTTP requests with: native, with classic buckets beside it. */
const metric = 'prometheus_http_request_duration_seconds';

describe.skipIf(requireServer('prometheus'))('native histograms of a real exporter', () => {
  let exporter: PrometheusServer;
  let receiver: PrometheusServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    exporter = await startPrometheus();
    // One request that lasts the scrapes out: the histogram then stands still.
    await fetch(`${exporter.url}/api/v1/status/buildinfo`);
    const static_configs = [{ targets: [new URL(exporter.url).host] }];
    receiver = await startPrometheus({
      remoteWriteReceiver: true,
      flags: ['--enable-feature=native-histograms'],
      config: { global: times, scrape_configs: [{ job_name: 'direct', static_configs }] },
    });
    const native = { scrape_native_histograms: true, static_configs };
    worker = await startWorker({
      config: {
        global: times,
        scrape_configs: [
          { job_name: 'native', ...native },
          { job_name: 'coarse', native_histogram_min_bucket_factor: 4, ...native },
          { job_name: 'both', always_scrape_classic_histograms: true, ...native },
        ],
        remote_write: Object.entries(messages).map(([version, message]) => ({
          url: receiver.remoteWriteUrl,
          name: version,
          protobuf_message: message,
          send_native_histograms: true,
          write_relabel_configs: [{ target_label: 'by', replacement: version }],
          queue_config: { batch_send_deadline: '200ms' },
        })),
      },
    });
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await receiver?.stop();
    await exporter?.stop();
  });

  const handler = 'handler="/api/v1/status/buildinfo"';

  it.each(Object.keys(messages))(
    'are, by %s, those that Prometheus scrapes',
    async (version) => {
      const [ours] = await receiver.find(`${metric}{job="native",by="${version}",${handler}}`);
      const [theirs] = await receiver.find(`${metric}{job="direct",${handler}}`);
      expect(ours?.histogram).toEqual(theirs?.histogram);
      expect(ours?.histogram?.count).toBe('1');
    },
    60_000,
  );

  it('get coarser buckets with a least growth factor', async () => {
    const [ours] = await receiver.find(`${metric}{job="coarse",${handler}}`);
    const [[, left, right] = []] = ours?.histogram?.buckets ?? [];
    expect(Number(right) / Number(left)).toBe(4);
  }, 60_000);

  it('have their classic form beside them only where asked', async () => {
    const classic = await receiver.find(`${metric}_bucket{job=~"native|both",${handler}}`);
    expect(new Set(classic.map(({ labels }) => labels['job']))).toEqual(new Set(['both']));
  }, 60_000);
});
