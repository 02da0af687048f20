// What an agent would have left on the disk after an outage, written at once instead of by hours of
// scraping: through the agent's own output, which keeps what it cannot send.
const dist = new URL('../../packages/core/dist/', import.meta.url);
const part = (path) => import(new URL(path, dist));

const job = 'fleet';
const jobLabel = ['job', job];

/**
 * @param {{ path: string, url: string, addresses: string[], series: number, intervalMs: number,
 *   bytes: number, sampleValue: (scrape: number, series: number) => number }} options
 * @returns what was written: scrapes of each target, the first of them 1, until about now
 */
export async function writeBacklog(options) {
  const { addresses, series, intervalMs, bytes, sampleValue } = options;
  const { RemoteWrite } = await part('outputs/remote-write/remote-write.js');
  const targets = await Promise.all(addresses.map((address) => targetOf(address, series)));
  const clock = { now: Date.now(), nowMs: () => clock.now, monotonicMs: () => clock.now };
  clock.setTimer = () => ({ cancel() {} });
  const perScrapeBytes = await bytesOfScrape(targets[0], sampleValue);
  const scrapes = Math.ceil(bytes / perScrapeBytes / targets.length);
  const lastMs = Math.floor(Date.now() / intervalMs - 1) * intervalMs;
  clock.now = lastMs - (scrapes - 1) * intervalMs;
  const output = new RemoteWrite(await outputOptions(options.url), {
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    http: await httpOf(clock),
    queueBytes: 16e6,
    queueStore: { ...storeOf(options.path), turns: { run: (task) => task() } },
  });
  for (let scrape = 1; scrape <= scrapes; scrape++) {
    for (const target of targets) output.append(batchOf(target, scrape, clock.now, sampleValue));
    clock.now += intervalMs;
  }
  const { queueSamples, queueBytes, samplesDropped } = output.status();
  const dropped = Object.values(samplesDropped).reduce((sum, samples) => sum + samples);
  if (dropped > 0) throw new Error(`${dropped} samples of the backlog were dropped`);
  // Its timer never ends: nothing is to be sent.
  clock.setTimer = (_, run) => {
    queueMicrotask(run);
    return { cancel() {} };
  };
  await output.close(0);
  return {
    scrapes,
    samples: queueSamples,
    bytes: queueBytes,
    lastMs,
    ids: targets.map(({ id }) => id),
  };
}

function storeOf(path) {
  const maxBytes = 2 ** 40;
  const options = { path, maxBytes, maxAgeMs: 86_400_000, order: 'per_series', fsync: 'none' };
  return { options, agent: 'backlog', thread: 0 };
}

async function outputOptions(url) {
  const { plainHttpClient } = await part('http-client/http-client-config.js');
  return {
    name: url,
    url,
    remoteTimeoutMs: 30_000,
    headers: {},
    http: plainHttpClient,
    queue: {
      ...{ capacity: 10_000, maxShards: 1, maxSamplesPerSend: 2000, retryOnHttp429: true },
      ...{ batchSendDeadlineMs: 5000, minBackoffMs: 30, maxBackoffMs: 5000 },
    },
  };
}

async function httpOf(clock) {
  const { FileTexts } = await part('http-client/file-texts.js');
  const turns = { run: (task) => task() };
  return { clock, files: new FileTexts(clock, turns), userAgent: 'backlog' };
}

/** As an agent knows it, with the bytes of its series' labels. */
async function targetOf(address, series) {
  const { targetId } = await part('targets/target-id.js');
  const { LabelEncoder } = await part('scrape/series/label-encoder.js');
  const labels = new Map([
    ['__address__', address],
    ['__metrics_path__', '/metrics'],
    ['__scheme__', 'http'],
    ['instance', address],
    jobLabel,
  ]);
  const id = targetId(job, `http://${address}/metrics`, labels);
  const encoder = new LabelEncoder(new Map());
  const bytes = Array.from({ length: series }, (_, i) =>
    Buffer.from(
      encoder.encode(
        new Map([
          ['__name__', 'deliver_value'],
          ['instance', address],
          jobLabel,
          ['series', `${i}`],
        ]),
      ),
    ),
  );
  const refs = Int32Array.from(bytes, (_, i) => i);
  return { id, refs, values: new Float64Array(series), labelBytes: (ref) => bytes[ref] };
}

function batchOf(target, scrape, timestampMs, sampleValue) {
  const { id, refs, values, labelBytes } = target;
  for (let i = 0; i < values.length; i++) values[i] = sampleValue(scrape, i);
  return {
    ...{ targetId: id, series: { labelBytes }, timestampMs, layout: 1, count: values.length },
    ...{ refs, values, timestampsMs: undefined, staleCount: 0, staleRefs: new Int32Array(0) },
  };
}

async function bytesOfScrape(target, sampleValue) {
  const { BatchEncoder, TargetTemplates } = await part('outputs/wire/v1/batch-encoder.js');
  const { recordHeadBytes } = await part('outputs/queue/record.js');
  const encoder = new BatchEncoder(500);
  const templates = new TargetTemplates();
  let bytes = 0;
  // The second one is by template.
  for (const scrape of [1, 2]) {
    bytes = 0;
    encoder.encode(batchOf(target, scrape, 1.7e12 + scrape, sampleValue), templates, (fragment) => {
      bytes += fragment.bytes.length + recordHeadBytes;
    });
  }
  return bytes;
}
