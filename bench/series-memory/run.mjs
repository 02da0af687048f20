// npm run bench -- series-memory [targets]: bytes a live series takes in a scrape thread, with its
// remote_write template, outside HTTP. Needs --expose-gc, which it gives itself.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bodyRing } from '../scrape/body-ring.mjs';

const samples = 507;
const scrapes = 10;
const dist = new URL('../../packages/core/dist/', import.meta.url);

const part = (path) => import(new URL(path, dist));

/** Everything a target of a node_exporter keeps between two scrapes. */
async function createTargets(count) {
  const { CommentTable } = await part('exposition/comment-table.js');
  const { LabelEncoder } = await part('scrape/series/label-encoder.js');
  const { SeriesBudget } = await part('scrape/series/series-budget.js');
  const { createSeriesPolicy } = await part('scrape/series/series-policy.js');
  const { SharedKeys } = await part('exposition/shared-keys.js');
  const { createShardCounters } = await part('scrape/shard/shard-counters.js');
  const { TargetSeries } = await part('scrape/batch/target-series.js');
  const { TargetTemplates } = await part('outputs/wire/v1/batch-encoder.js');
  const { defaultScrapeJob } = await part('targets/scrape-job.js');
  const { plainHttpClient } = await part('http-client/http-client-config.js');
  const job = { ...defaultScrapeJob, name: 'node', http: plainHttpClient };
  const encoder = new LabelEncoder(new Map());
  const shared = {
    ...{ job, encoder, timeoutMs: 1000, budget: new SeriesBudget(0) },
    ...{ comments: new CommentTable(), texts: new SharedKeys(), labels: new SharedKeys() },
    counters: createShardCounters(),
  };
  return Array.from({ length: count }, (_, i) => {
    const targetLabels = new Map([
      ['instance', `127.0.0.1:${20_000 + i}`],
      ['job', 'node'],
    ]);
    const decide = createSeriesPolicy({ targetLabels, job, relabeller: undefined, encoder });
    const series = new TargetSeries({ ...shared, targetId: `${i}`, targetLabels, decide });
    return { series, templates: new TargetTemplates() };
  });
}

function usage() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
}

async function main(targetCount) {
  const { ParsedBody } = await part('exposition/parsed-body.js');
  const { BatchEncoder } = await part('outputs/wire/v1/batch-encoder.js');
  const ring = bodyRing({ samples, intervalMs: 15_000 });
  const bodies = Array.from({ length: scrapes }, (_, i) => ring.plain(i));
  const before = usage();
  const targets = await createTargets(targetCount);
  const parsed = new ParsedBody();
  const output = new BatchEncoder(500);
  for (const [i, body] of bodies.entries()) {
    for (const { series, templates } of targets) {
      series.read('text', body, body.length, parsed);
      series.accept(body.length, parsed, Date.now() + i * 15_000, () => 0);
      output.encode(series.batch, templates, () => {});
      series.settle();
    }
  }
  const after = usage();
  const count = targets.reduce((sum, { series }) => sum + series.seriesCount, 0);
  const accounted = targets.reduce((sum, { series }) => sum + series.memoryBytes, 0);
  const perSeries = (bytes) => `${(bytes / count).toFixed(1)} B`;
  process.stdout.write(`${count} series of ${targetCount} targets, each:
  array buffers  ${perSeries(after.arrayBuffers - before.arrayBuffers)}
  JS heap        ${perSeries(after.heapUsed - before.heapUsed)}
of which, as the thread accounts for it:
  series         ${perSeries(accounted)}
  templates      ${perSeries(output.memoryBytes)}
`);
}

if (globalThis.gc === undefined) {
  const self = fileURLToPath(import.meta.url);
  const args = ['--expose-gc', self, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
} else {
  await main(Number(process.argv[2] ?? 300));
}
