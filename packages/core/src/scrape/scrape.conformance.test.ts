import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ScrapeConfig } from '../config/agent-config.js';
import { parseConfig } from '../config/load-config.js';
import { FileTexts } from '../http-client/file-texts.js';
import type { Output, OutputStatus } from '../outputs/output.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { ScrapeBatch } from '../outputs/scrape-batch.js';
import { buildTargets } from '../targets/build-targets.js';
import { ManualClock } from '../testing/manual-clock.js';
import { busyMemory } from './busy-target.js';
import { decodeLabels } from './series/decode-labels.contract.js';
import { Shard } from './shard/shard.js';
import { ShardOutputs } from './shard/shard-outputs.js';
import { RemoteResolver } from './threads/remote-resolver.js';

// What a real Prometheus wrote, recorded; the folder lies beside the repository or is not there.
const file = new URL('../../../../../shared/conformance/scrape.jsonl', import.meta.url);

interface RecordedResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly body_b64?: string;
  readonly refuse?: boolean;
  readonly delay_ms?: number;
}

interface RecordedSample {
  readonly labels: Record<string, string>;
  readonly value: string;
  readonly ts: number | 'scrape';
}

interface RecordedScrape {
  readonly failed: boolean;
  readonly partial?: boolean;
  readonly samples: readonly RecordedSample[];
}

interface ScrapeCase {
  readonly id: string;
  readonly name: string;
  readonly level?: 'must' | 'reference' | 'judgement';
  readonly scrape_config: Record<string, unknown>;
  readonly target_labels: Record<string, string>;
  readonly interval_ms?: number;
  readonly responses: readonly RecordedResponse[];
  readonly expect: {
    readonly requests: readonly {
      method: string;
      path: string;
      headers: Record<string, string | string[]>;
    }[];
    readonly scrapes: readonly RecordedScrape[];
    readonly after_removal?: readonly { samples: readonly RecordedSample[] }[];
  };
}

const all: ScrapeCase[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

/** Both answers are defensible, and this is the one that is not ours: docs/reference/conformance.md. */
const differsByJudgement = new Set(['scrape-014', 'scrape-095']);

const cases = all.filter(({ id }) => !differsByJudgement.has(id));

function load(recorded: ScrapeCase, address: string): ScrapeConfig {
  const written = {
    job_name: 'job',
    scrape_interval: `${recorded.interval_ms ?? 150}ms`,
    ...recorded.scrape_config,
    static_configs: [
      { targets: [address], labels: { instance: 'inst', ...recorded.target_labels } },
    ],
  };
  const text = stringify({ scrape_configs: [written] });
  return parseConfig(text, 'prometheus.yml', { env: {} }).scrapeConfigs[0]!;
}

/** One sample as a line of text, so that a set of them compares and shows well. */
function lineOf(labels: Record<string, string>, value: string, ts: number | 'scrape'): string {
  const pairs = Object.entries(labels).filter(([, text]) => text !== '');
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(pairs)} ${value} @${ts}`;
}

function expectedLine({ labels, value, ts }: RecordedSample): string {
  return lineOf(labels, value === '*' ? '*' : shown(labels, numberOf(value)), ts);
}

function numberOf(text: string): number | 'StaleNaN' {
  if (text === 'StaleNaN') return text;
  if (/Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

/** Durations are each machine's own. */
function shown(labels: Record<string, string>, value: number | 'StaleNaN'): string {
  const isDuration = labels['__name__'] === 'scrape_duration_seconds';
  return isDuration && value !== 'StaleNaN' ? '*' : String(value);
}

class RecordingOutput implements Output {
  readonly name = 'recording';
  readonly memoryBytes = 0;
  readonly hasRoom = true;
  readonly scrapes: string[][] = [];

  append(batch: ScrapeBatch): void {
    const lines: string[] = [];
    for (let i = 0; i < batch.count; i++) {
      const own = batch.timestampsMs?.[i] ?? Number.NaN;
      const labels = decodeLabels(batch.series.labelBytes(batch.refs[i]!));
      const ts = Number.isNaN(own) ? 'scrape' : own;
      lines.push(lineOf(labels, shown(labels, batch.values[i]!), ts));
    }
    for (let i = 0; i < batch.staleCount; i++) {
      const labels = decodeLabels(batch.series.labelBytes(batch.staleRefs[i]!));
      lines.push(lineOf(labels, 'StaleNaN', 'scrape'));
    }
    this.scrapes.push(lines);
  }

  async flush(): Promise<void> {}

  makeRoom(): void {}

  forget(): void {}

  status(): OutputStatus {
    return {} as OutputStatus;
  }

  async close(): Promise<void> {}
}

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

async function serve(responses: readonly RecordedResponse[]) {
  const requests: SeenRequest[] = [];
  const served = { requests, address: '', scrape: 0 };
  const server = createServer((request, response) => {
    // A request that is sent again on a fresh socket belongs to the same scrape.
    requests[served.scrape] ??= {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
    };
    answer(responses[Math.min(served.scrape, responses.length - 1)]!, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  served.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return served;
}

function answer(told: RecordedResponse, response: ServerResponse): void {
  if (told.refuse === true) {
    response.socket!.destroy();
    return;
  }
  // Late by a clock that stands still: never.
  if (told.delay_ms !== undefined && told.delay_ms > 0) return;
  response.writeHead(told.status, told.headers);
  response.end(told.body ?? Buffer.from(told.body_b64 ?? '', 'base64'));
}

function startShard(config: ScrapeConfig, address: string) {
  const clock = new ManualClock();
  const output = new RecordingOutput();
  const outputs = new ShardOutputs(() => output);
  outputs.configure([{} as RemoteWriteOptions]);
  const shard = new Shard({
    boot: {
      externalLabels: {},
      remoteWrites: [],
      threadMemoryBytes: 1e9,
      seriesLimits: { total: 0, perJob: 0, perTarget: 0 },
      userAgent: 'test',
      allowLinkLocalRedirects: false,
      fileLock: new SharedArrayBuffer(4),
      queue: undefined,
      agentId: 'test',
    },
    clock,
    outputs,
    resolver: new RemoteResolver(() => {}),
    http: { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'test' },
    busy: busyMemory(),
    post: () => {},
  });
  closers.push(() => shard.close(0));
  const group = config.discoveries[0]!;
  const labels = new Map(Object.entries(group.kind === 'static' ? group.groups[0]!.labels : {}));
  const targets = [new Map([['__address__', address]])];
  const built = buildTargets(config, [{ source: '', targets, labels }]);
  const { id, url, labels: shownLabels, intervalMs, timeoutMs } = built.targets[0]!;
  const plan = {
    ...{ id, url, intervalMs, timeoutMs, job: 'k', labels: [...shownLabels] },
    // Ticks one interval from now, so that no timeout falls into the step to it.
    ...{ phaseMs: clock.nowMs() % intervalMs, source: 'http' as const },
  };
  shard.handle({ type: 'jobs', jobs: [{ key: 'k', job: config.job }] });
  shard.handle({ type: 'targets', add: [plan], remove: [] });
  let tickMs = clock.nowMs();
  const next = async (): Promise<string[]> => {
    const before = output.scrapes.length;
    tickMs += intervalMs;
    // Ticks are done in groups of a twentieth of the interval (docs/decisions/0034).
    await clock.advance(tickMs + Math.ceil(intervalMs / 20) - clock.nowMs());
    for (let i = 0; output.scrapes.length === before; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      // A response that never comes ends at the timeout.
      if (i === 2000) await clock.advance(timeoutMs);
    }
    return output.scrapes.at(-1)!;
  };
  return { shard, plan, next };
}

/** The counts of a failed scrape say how far the parser came: not compared. */
const counted = /"scrape_(samples_scraped|samples_post_metric_relabeling|series_added)"/;

function comparable(lines: readonly string[], failed: boolean): string[] {
  return lines.filter((line) => !failed || !counted.test(line)).sort();
}

describe.skipIf(all.length === 0)('recorded scrapes', () => {
  test.each(cases)('$id: $name', async (recorded) => {
    const served = await serve(recorded.responses);
    const { requests, address } = served;
    const { shard, plan, next } = startShard(load(recorded, address), address);
    for (const [i, scrape] of recorded.expect.scrapes.entries()) {
      served.scrape = i;
      const taken = await next();
      const expected = scrape.samples.map(expectedLine);
      if (scrape.partial) expect(taken).toEqual(expect.arrayContaining(expected));
      else
        expect(comparable(taken, scrape.failed), `scrape ${i}`).toEqual(
          comparable(expected, scrape.failed),
        );
    }
    for (const [i, { method, path, headers }] of recorded.expect.requests.entries()) {
      const seen = requests[i]!;
      expect({ method: seen.method, path: seen.path }).toEqual({ method, path });
      for (const [name, value] of Object.entries(headers)) {
        const text = typeof value === 'string' ? value : value.join(', ');
        expect(seen.headers[name.toLowerCase()], name).toBe(text);
      }
    }
    for (const { samples } of recorded.expect.after_removal ?? []) {
      shard.handle({ type: 'targets', add: [], remove: [{ id: plan.id, end: 'gone' }] });
      expect((await next()).sort()).toEqual(samples.map(expectedLine).sort());
    }
  });
});
