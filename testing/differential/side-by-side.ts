import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ReceivedSample,
  WriteReceiver,
} from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { freePort } from '../servers/free-port.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';
import { Delivered, deliveredLines, hasTimedOut } from './delivered-lines.js';
import { type Difference, differences } from './differences.js';
import { type Addresses, defaultScrapes, type Scenario } from './scenario.js';
import { serveScenarios } from './serve-scenarios.js';

/** Fields that make prom-agent do for a job what a feature flag makes Prometheus 3.5 do for all. */
const instead = { scrape_native_histograms: true, extra_scrape_metrics: true };
const flags = [
  '--enable-feature=native-histograms,extra-scrape-metrics',
  '--scrape.discovery-reload-interval=100ms',
];

const mostAttempts = 4;

/** What one of the two delivers and the other does not. */
type Delivery = Pick<Difference, 'prometheus' | 'promAgent'>;

/** One of the two and what its receiver got. */
export interface Side {
  readonly process: Pick<PrometheusServer | WorkerProcess, 'configFile' | 'process' | 'stop'>;
  readonly receiver: WriteReceiver;
  readonly delivered: Delivered;
  /** Its prometheus.yml for the scenarios. */
  config(scenarios: readonly Scenario[]): object;
}

/** A real Prometheus in agent mode and the worker, on one configuration, each with a receiver. */
export class SideBySide {
  readonly prometheus: Side;
  readonly promAgent: Side;
  readonly at: Addresses;
  /** Before all scrapes. */
  readonly #startMs: number;
  readonly #exporters: readonly FakeExporter[];

  private constructor(
    sides: readonly [prometheus: Side, promAgent: Side],
    at: Addresses,
    startMs: number,
    exporters: readonly FakeExporter[],
  ) {
    [this.prometheus, this.promAgent] = sides;
    this.at = at;
    this.#startMs = startMs;
    this.#exporters = exporters;
  }

  /** @param scenarios the jobs to begin with, of those that are `served` */
  static async start(
    scenarios: readonly Scenario[],
    served: readonly Scenario[] = scenarios,
  ): Promise<SideBySide> {
    let startMs = Number.NaN;
    const serve = serveScenarios(served, () => startMs);
    const exporters = [await startExporter(serve), await startExporter(serve)];
    const at = {
      exporter: exporters[0]!.address,
      other: exporters[1]!.address,
      nobody: `127.0.0.1:${await freePort()}`,
    };
    const first = await receiver();
    const forPrometheus = (some: readonly Scenario[]) => configOf(some, at, first.receiver.url);
    const prometheus = await startPrometheus({
      agent: true,
      flags,
      config: forPrometheus(scenarios),
    });
    // Prometheus sends nothing whose time is before its start: exporters' own times lie after it.
    startMs = Date.now();
    const second = await receiver();
    const forWorker = (some: readonly Scenario[]) => {
      const { global, ...config } = configOf(some, at, second.receiver.url);
      return { ...config, global: { ...global, ...instead }, agent: { self: { enabled: false } } };
    };
    const worker = await startWorker({ config: forWorker(scenarios) });
    const sides = [
      { ...first, process: prometheus, config: forPrometheus },
      { ...second, process: worker, config: forWorker },
    ] as const;
    return new SideBySide(sides, at, startMs, exporters);
  }

  /**
   * What only one of the two delivers, by scenario. Where something differs, or should, and a scrape has
   * timed out, as it does on a busy machine, the scenario is done once more.
   */
  static async compare(scenarios: readonly Scenario[]): Promise<ReadonlyMap<string, Delivery>> {
    const found = new Map<string, Delivery>();
    let left = scenarios;
    for (let attempt = 0; attempt < mostAttempts && left.length > 0; attempt++) {
      const both = await SideBySide.start(left);
      await both.#untilScraped(left);
      for (const scenario of left) found.set(scenario.name, both.#difference(scenario));
      const isTelling = (name: string) => isDifferent(found.get(name)) || name in differences;
      left = left.filter(({ name }) => isTelling(name) && both.#hasTimedOut(name));
      await both.stop();
    }
    return found;
  }

  get sides(): readonly [prometheus: Side, promAgent: Side] {
    return [this.prometheus, this.promAgent];
  }

  /** Until each has delivered the scrapes that are compared: those of a later one have come. */
  async #untilScraped(scenarios: readonly Scenario[]): Promise<void> {
    await this.until(({ delivered }) =>
      scenarios.every((scenario) => delivered.hasScraped(scenario.name, scrapesOf(scenario))),
    );
  }

  #hasTimedOut(scenario: string): boolean {
    return this.sides.some(({ delivered }) => delivered.targetsOf(scenario).some(hasTimedOut));
  }

  async until(isDone: (side: Side) => boolean): Promise<void> {
    while (!this.sides.every(isDone)) await delay(50);
  }

  /** Both read a new configuration; resolves when they were told. */
  async reload(scenarios: readonly Scenario[]): Promise<void> {
    for (const { process, config } of this.sides) {
      await writeFile(process.configFile, JSON.stringify(config(scenarios)));
      process.process.signal('SIGHUP');
    }
  }

  #difference(scenario: Scenario): Delivery {
    const [prometheus, promAgent] = this.sides.map(({ delivered }) =>
      delivered.targetsOf(scenario.name).flatMap((samples) => this.#lines(samples, scenario)),
    );
    return {
      prometheus: without(prometheus!, promAgent!),
      promAgent: without(promAgent!, prometheus!),
    };
  }

  #lines(samples: readonly ReceivedSample[], scenario: Scenario): string[] {
    const { exporter, other, nobody } = this.at;
    const usual = `cluster="c",instance="exporter",job="${scenario.name}"`;
    return deliveredLines(samples, scrapesOf(scenario), this.#startMs).map((line) =>
      line
        .replace(exporter, 'exporter')
        .replace(other, 'other')
        .replace(nobody, 'nobody')
        .replace(usual, '')
        .replace(/\{,|,,|,\}/, (commas) => commas.replace(',', ''))
        .replace('{}', ''),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.sides.map(({ process }) => process.stop()));
    await Promise.all(this.sides.map((side) => side.receiver.close()));
    for (const exporter of this.#exporters) await exporter.stop();
  }
}

async function receiver(): Promise<Pick<Side, 'receiver' | 'delivered'>> {
  const delivered = new Delivered();
  const receiver = await WriteReceiver.listen();
  receiver.answer = ({ samples }) => {
    delivered.add(samples);
    receiver.requests.length = 0;
    return { status: 204 };
  };
  return { receiver, delivered };
}

function configOf(scenarios: readonly Scenario[], at: Addresses, url: string) {
  return {
    // Time enough for the machine to be busy with something else.
    global: {
      scrape_interval: '2s',
      scrape_timeout: '1900ms',
      external_labels: { cluster: 'c' },
    },
    scrape_configs: scenarios.map(({ name, job }) => ({
      job_name: name,
      metrics_path: `/${name}`,
      static_configs: [{ targets: [at.exporter], labels: { scenario: name } }],
      ...(typeof job === 'function' ? job(at) : job),
    })),
    remote_write: [
      {
        url,
        send_native_histograms: true,
        metadata_config: { send: false },
        // One shard: what comes first is of an earlier scrape.
        queue_config: { max_shards: 1, capacity: 100_000, batch_send_deadline: '100ms' },
      },
    ],
  };
}

function scrapesOf({ scrapes = defaultScrapes }: Scenario): number {
  return scrapes;
}

function isDifferent(found: Delivery | undefined): boolean {
  return found !== undefined && found.prometheus.length + found.promAgent.length > 0;
}

/** The lines of `some` that `others` have not, each as often as it is missing. */
function without(some: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return some.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0;
  });
}
