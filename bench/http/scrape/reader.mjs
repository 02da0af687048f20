// A Prometheus of few words: reads /metrics when it is told to, with its headers, and drops what comes.
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Prometheus 3, for a job without native histograms. */
const openMetrics =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const protobuf =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,';
const accepts = {
  openmetrics: openMetrics,
  protobuf: `${protobuf}${openMetrics}`,
  text: 'text/plain;version=0.0.4',
};

async function scrape({ port, accept }) {
  const headers = { accept: accepts[accept], 'accept-encoding': 'gzip' };
  const startMs = performance.now();
  let bytes = 0;
  const response = await new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/metrics', headers, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  for await (const chunk of response) bytes += chunk.length;
  if (response.statusCode !== 200) throw new Error(`/metrics answered ${response.statusCode}`);
  return { ms: performance.now() - startMs, bytes };
}

/** `atMs`: Unix times. One after the other, as Prometheus does. */
process.on('message', async ({ port, accept, atMs }) => {
  const scrapes = [];
  for (const dueMs of atMs) {
    const now = performance.timeOrigin + performance.now();
    if (dueMs > now) await delay(dueMs - now);
    scrapes.push(await scrape({ port, accept }));
  }
  process.send(scrapes);
});
process.on('disconnect', () => process.exit());
process.send('ready');
