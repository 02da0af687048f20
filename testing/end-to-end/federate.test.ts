import { isDeepStrictEqual } from 'node:util';
import { parseExposition, renderExposition } from '@prom-agent/core/exposition';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { nativeFamilies } from '../exposition/families.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const body = `# HELP fed_requests_total Requests.
# TYPE fed_requests_total counter
fed_requests_total{code="200",method="get"} 17
fed_requests_total{code="500",method="get"} 3
# TYPE fed_seconds histogram
fed_seconds_bucket{le="1"} 1
fed_seconds_bucket{le="+Inf"} 2
fed_seconds_sum 1.5
fed_seconds_count 2
fed_nan NaN
fed_infinite -Inf
fed_tiny 1e-320
fed_escaped{text="a\\\\b\\"c\\nd"} 1
{"fed.dotted","lab.el"="ö"} 4
fed_labelled{cluster="exposed"} 1
`;

const contentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8';

const job = '{job="fed"}';

/** Selectors as the query strings of /federate; both sides must answer the same. */
const queries: [what: string, ...match: string[]][] = [
  ['all series of a job', job],
  ['a name', 'fed_nan'],
  ['a name and labels', 'fed_requests_total{code="500"}'],
  ['a regular expression', '{__name__=~"fed_(nan|tiny)"}'],
  ['a negative one', '{job="fed",__name__!~"fed_.*"}'],
  ['an absent label', 'fed_requests_total{no_such_label=""}'],
  ['what matches twice, once', 'fed_tiny', '{__name__=~"fed_t.*"}'],
  ['nothing that exists', 'no_such_metric'],
  ['up', 'up{job="fed"}'],
];

const protobuf = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily';

/** Accept headers; both sides must answer in the same format, with names escaped alike. */
const accepts: [what: string, accept: string | undefined][] = [
  ['in text, escaped, to who says nothing', undefined],
  ['in text to a browser', 'text/html,*/*;q=0.8'],
  ['with dots in text', 'text/plain;version=0.0.4;escaping=dots'],
  ['with values in text', 'text/plain;escaping=values'],
  ['in text instead of OpenMetrics', 'application/openmetrics-text;version=1.0.0'],
  ['in protobuf', `${protobuf};encoding=delimited`],
  ['in protobuf with UTF-8 names', `${protobuf};encoding=delimited;escaping=allow-utf-8`],
  ['in what is liked best', `text/plain;q=0.3,${protobuf};encoding=delimited;q=0.7`],
];

describe.skipIf(requireServer('prometheus'))('/federate beside that of a real Prometheus', () => {
  let exporter: FakeExporter;
  let prometheus: PrometheusServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    exporter = await startExporter(serveBody(body));
    const external_labels = { cluster: 'c1', zone: 'z' };
    prometheus = await startPrometheus({
      remoteWriteReceiver: true,
      config: { global: { external_labels } },
    });
    worker = await startWorker({
      config: {
        global: { scrape_interval: '2s', scrape_timeout: '1s', external_labels },
        scrape_configs: [{ job_name: 'fed', static_configs: [{ targets: [exporter.address] }] }],
        remote_write: [
          { url: prometheus.remoteWriteUrl, queue_config: { batch_send_deadline: '50ms' } },
        ],
        agent: { self: { enabled: false } },
      },
    });
    await prometheus.find('up{job="fed"} == 1');
  });

  afterAll(async () => {
    await worker?.stop();
    await prometheus?.stop();
    await exporter?.stop();
  });

  it.each(queries)('%s', async (_what, ...match) => {
    // Between a scrape and its delivery the two are a tick apart: asked again until they are not.
    const both = async (): Promise<[ours: string, theirs: string]> => [
      await federate(worker.url, match),
      await federate(prometheus.url, match),
    ];
    let [ours, theirs] = await both();
    for (let tries = 0; tries < 20 && ours !== theirs; tries++) [ours, theirs] = await both();
    expect(ours).toBe(theirs);
  });

  it.each(accepts)('%s', async (_what, accept) => {
    const both = async () => [
      await answer(worker.url, [job], accept),
      await answer(prometheus.url, [job], accept),
    ];
    let [ours, theirs] = await both();
    for (let tries = 0; tries < 20 && !isDeepStrictEqual(ours, theirs); tries++) {
      [ours, theirs] = await both();
    }
    expect(ours).toEqual(theirs);
    expect(ours!.samples.length).toBeGreaterThan(10);
  });

  it('is empty without a selector', async () => {
    for (const { url } of [worker, prometheus]) {
      expect(await (await fetch(`${url}/federate`)).text()).toBe('');
    }
  });

  it('refuses a selector that is none', async () => {
    for (const { url } of [worker, prometheus]) {
      expect((await fetch(`${url}/federate?match[]=${encodeURIComponent('{a=')}`)).status).toBe(
        400,
      );
    }
  });

  it('leaves out what is stale', async () => {
    await exporter.stop();
    const left = async (): Promise<string> =>
      (await federate(worker.url, ['{__name__=~"fed_.*"}'])) +
      (await federate(prometheus.url, ['{__name__=~"fed_.*"}']));
    await expect.poll(left, { timeout: 30_000 }).toBe('');
  });
});

describe.skipIf(requireServer('prometheus'))('native histograms', () => {
  it('are federated as by a real Prometheus that scrapes the same', async () => {
    const exporter = await startExporter((_request, response) => {
      response.setHeader(
        'content-type',
        'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      );
      const format = { format: 'protobuf', escaping: 'allow-utf-8' } as const;
      response.end(renderExposition(nativeFamilies, format));
    });
    const scrape_config = {
      job_name: 'native',
      scrape_interval: '1s',
      scrape_timeout: '1s',
      scrape_protocols: ['PrometheusProto'],
      static_configs: [{ targets: [exporter.address] }],
    };
    const prometheus = await startPrometheus({
      flags: ['--enable-feature=native-histograms'],
      config: { scrape_configs: [scrape_config] },
    });
    const worker = await startWorker({
      config: {
        scrape_configs: [{ ...scrape_config, scrape_native_histograms: true }],
        agent: { self: { enabled: false } },
      },
    });
    try {
      const federated = async (url: string) => {
        const accept = `${protobuf};encoding=delimited`;
        const { samples } = await answer(url, ['{__name__=~"native_.*"}'], accept);
        return samples.map((sample) => JSON.parse(sample).with(3, 'its own time'));
      };
      const both = async () => [await federated(prometheus.url), await federated(worker.url)];
      await prometheus.find('up == 1');
      const counts = async () => (await both()).map((one) => one.length);
      await expect.poll(counts, { timeout: 30_000 }).toEqual([2, 2]);
      const [theirs, ours] = await both();
      expect(ours).toEqual(theirs);
    } finally {
      await worker.stop();
      await prometheus.stop();
      await exporter.stop();
    }
  });
});

/** The answer's format and its samples, whose order in protobuf is the families' alone. */
async function answer(url: string, match: readonly string[], accept: string | undefined) {
  const query = match.map((selector) => `match[]=${encodeURIComponent(selector)}`).join('&');
  // fetch would say that it accepts anything.
  const { headers, body } = await request(`${url}/federate?${query}`, {
    headers: accept === undefined ? {} : { accept },
  });
  const contentType = String(headers['content-type']);
  const bytes = new Uint8Array(await body.arrayBuffer());
  const format = contentType.includes('protobuf') ? 'protobuf' : 'text';
  const samples = parseExposition(bytes, format).map(
    ({ name, labels, value, timestampMs, type, histogram }) =>
      JSON.stringify([
        name,
        Object.entries(labels).sort(),
        String(value),
        timestampMs,
        type,
        histogram,
      ]),
  );
  return { contentType, samples: samples.sort() };
}

async function federate(url: string, match: readonly string[]): Promise<string> {
  const query = match.map((selector) => `match[]=${encodeURIComponent(selector)}`).join('&');
  // Names that are not plain come in quotes, as Prometheus asks for when it federates.
  const response = await fetch(`${url}/federate?${query}`, { headers: { accept: contentType } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(contentType);
  return await response.text();
}
