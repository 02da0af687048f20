import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  type AgentMetricRow,
  type AgentMetricsSource,
  agentMetricRows,
} from '../packages/core/src/self/agent-metrics.js';

const page = fileURLToPath(new URL('../docs/reference/metrics.md', import.meta.url));

const one = new Map([['x', 1]]);

/** Something of everything, so that each metric has a series, whose labels the page lists. */
const source: AgentMetricsSource = {
  version: 'x',
  targetsByJob: () => one,
  droppedByJob: () => one,
  threadRestarts: () => 1,
  threadMemoryBytes: () => [1],
  collectFailures: () => one,
  quarantinedTargets: () => 1,
  targetMoves: () => ({ moved: 1, kept: 1, lost: 1 }),
  configReloadSuccessful: () => true,
  configReloadSuccessMs: () => 1,
  discoveryFailing: () => one,
  discoveredTargets: () => one,
  discoveryCounters: () => ({
    received: 1,
    passedOn: 1,
    failures: () => [{ mechanism: 'x', config: 'x', count: 1 }],
  }),
  latencyBuckets: { bounds: [1], schema: 3 },
  counters: () => ({
    scrapes: 1,
    scrapesFailed: { x: 1 },
    ticksSkipped: 1,
    samplesScraped: 1,
    samplesPostRelabelling: 1,
    samplesRefused: { duplicate_timestamp: 1, out_of_order: 1, out_of_bounds: 1, series_limit: 1 },
    staleMarkers: 1,
    seriesAdded: 1,
    bodyBytes: 1,
    series: 1,
  }),
  outputs: () => [
    {
      name: 'x',
      url: 'x',
      protocolVersion: 'x',
      samplesAppended: 1,
      samplesSent: 1,
      samplesRetried: 1,
      samplesDropped: { x: 1 },
      requestsSent: 1,
      requestsSplit: 1,
      requestsInFlight: 1,
      bytesSent: 1,
      sendLatency: { counts: [1, 0], sumSeconds: 1, buckets: { 0: 1 } },
      clockSkewRefusals: 1,
      queueBytes: 1,
      queueSamples: 1,
      queueOldestMs: 1,
      batchesAside: 1,
      samplesAside: 1,
      highestTimestampMs: 1,
      highestSentTimestampMs: 1,
      pushes: {
        outcomes: { x: 1 },
        lastPushMs: 1,
        groups: 1,
        groupsRefused: 1,
        groupsLeft: 1,
        groupsDeleted: 1,
      },
      durable: {
        segments: 1,
        samplesRecovered: 1,
        recordsDamaged: 1,
        segmentsMissing: 1,
        isPaused: true,
        drain: { samplesPerSecond: 1, secondsLeft: 1 },
      },
    },
  ],
};

function labelsOf(row: AgentMetricRow): string {
  const [series] = row.type === 'histogram' ? row.latencies(source) : row.samples(source);
  return Object.keys(series!.labels)
    .map((name) => `\`${name}\``)
    .join(' ');
}

const groups: readonly (readonly [title: string, prefix: RegExp])[] = [
  ['Delivery', /^prom_agent_(remote_storage|pushgateway)_/],
  ['Discovery and configuration', /^prom_agent_(sd|config)_/],
  ['Scraping', /^prom_agent_/],
];

function tables(): string {
  const left = new Set(agentMetricRows);
  const parts = groups.map(([title, prefix]) => {
    const rows = [...left].filter(({ name }) => prefix.test(name));
    for (const row of rows) left.delete(row);
    const lines = rows.map(
      (row) => `| \`${row.name}\` | ${row.type} | ${labelsOf(row)} | ${row.help} |`,
    );
    return `## ${title}\n\n| metric | type | labels | |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return parts.reverse().join('\n');
}

const text = () => `# Metrics

All metrics of the agent itself, as \`/metrics\` shows them and as the own registry is delivered. Where
Prometheus has a metric for the same thing, what follows \`prom_agent_\` and the labels are Prometheus'.
A test writes this page: \`npx vitest run --project unit scripts/metrics-page.test.ts -u\`.

[Alerts](../guide/alerts.md) and a [dashboard](../../dashboards/prom-agent.json) for them are there.

${tables()}
Histograms are classic, and native too where \`/metrics\` is read as protobuf.
\`prom_agent_scrapes_failed_total\` has the reasons of [the scrape](conformance.md),
\`prom_agent_remote_storage_samples_dropped_total\` those of
[delivery](../guide/delivery.md#what-is-dropped). A counter with a closed set of reasons or results
shows each of them from the start, at 0, so that \`rate()\` and \`increase()\` see the first.
\`remote_name\` and \`url\` name an output; the URL is without credentials and query.

## Of a service's own requests

Counted by the Fastify and Express packages and by \`NodeHandler\`; names, labels and buckets are
options ([guide](../guide/http-metrics.md)).

| name | type | labels | what |
|---|---|---|---|
| \`http_request_duration_seconds\` | histogram | \`method\` \`route\` \`status_code\` | From the request's arrival to the end of its response. |
| \`http_response_time_to_headers_seconds\` | histogram | \`method\` \`route\` \`status_code\` | To the headers, of streamed responses alone. |
| \`http_request_size_bytes\` | histogram | \`method\` \`route\` \`status_code\` | Bodies of requests as they came. |
| \`http_response_size_bytes\` | histogram | \`method\` \`route\` \`status_code\` | Bodies of responses as they were written. |
| \`http_requests_aborted_total\` | counter | \`method\` \`route\` \`phase\` | Requests whose client left before or after the headers. |
| \`http_requests_in_flight\` | gauge | \`method\` | Requests that are not answered yet. |
| \`prom_agent_http_overflow_total\` | counter | | Requests that were counted in the series \`__overflow__\`, for there are too many label sets or a label's function threw. |

Where the option \`client\` is on, the same of requests that go out through undici and \`fetch\`:

| name | type | labels | what |
|---|---|---|---|
| \`http_client_request_duration_seconds\` | histogram | \`method\` \`server\` \`status_code\` \`error\` | From the call to the end of the response. |
| \`http_client_response_time_to_headers_seconds\` | histogram | \`method\` \`server\` \`status_code\` \`error\` | To the headers of the response. |
| \`http_client_request_size_bytes\` | histogram | \`method\` \`server\` \`status_code\` \`error\` | Bodies of requests as they were sent. |
| \`http_client_response_size_bytes\` | histogram | \`method\` \`server\` \`status_code\` \`error\` | Bodies of responses as they came. |
| \`http_client_request_errors_total\` | counter | \`method\` \`server\` \`error\` \`phase\` | Requests that had no whole response. |
| \`http_client_requests_in_flight\` | gauge | \`server\` | Requests whose response has not ended. |
| \`prom_agent_http_client_overflow_total\` | counter | | Requests that were counted in the series \`__overflow__\`, for there are too many label sets. |

## Of each target

\`up\`, \`scrape_duration_seconds\`, \`scrape_samples_scraped\`,
\`scrape_samples_post_metric_relabeling\` and \`scrape_series_added\`, as Prometheus makes them; with
\`extra_scrape_metrics\` also \`scrape_timeout_seconds\`, \`scrape_sample_limit\` and
\`scrape_body_size_bytes\`.
`;

it('docs/reference/metrics.md lists every metric', async () => {
  await expect(text()).toMatchFileSnapshot(page);
});

it('each metric is listed once, in the words of Prometheus', () => {
  const names = agentMetricRows.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, type, help } of agentMetricRows) {
    expect(name).toMatch(/^prom_agent_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(help, name).toMatch(/^[A-Z1].*[.]$/);
  }
});
