import { setTimeout as delay } from 'node:timers/promises';
import {
  type ReceivedSample,
  WriteReceiver,
} from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { freePort } from '../servers/free-port.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';
import { Delivered, deliveredLines } from './delivered-lines.js';
import { type Addresses, type Difference, defaultScrapes, type Scenario } from './scenario.js';
import { serveScenarios } from './serve-scenarios.js';

/** Fields that make prom-agent do for a job what a feature flag makes Prometheus 3.5 do for all. */
const instead = { scrape_native_histograms: true, extra_scrape_metrics: true };
const features = '--enable-feature=native-histograms,extra-scrape-metrics';

/** A real Prometheus in agent mode and the worker, on one configuration, each with a receiver. */
export class SideBySide {
  readonly prometheus: Agent<PrometheusServer>;
  readonly promAgent: Agent<WorkerProcess>;
  /** Before all scrapes. */
  readonly startMs: number;
  readonly #exporters: readonly FakeExporter[];
  readonly #at: Addresses;

  private constructor(
    prometheus: Agent<PrometheusServer>,
    promAgent: Agent<WorkerProcess>,
    startMs: number,
    exporters: readonly FakeExporter[],
    at: Addresses,
  ) {
    this.prometheus = prometheus;
    this.promAgent = promAgent;
    this.startMs = startMs;
    this.#exporters = exporters;
    this.#at = at;
  }

  static async start(scenarios: readonly Scenario[]): Promise<SideBySide> {
    let startMs = Number.NaN;
    const serve = serveScenarios(scenarios, () => startMs);
    const exporters = [await startExporter(serve), await startExporter(serve)];
    const at = {
      exporter: exporters[0]!.address,
      other: exporters[1]!.address,
      nobody: `127.0.0.1:${await freePort()}`,
    };
    const config = configOf(scenarios, at);
    const [one, two] = [new Delivered(), new Delivered()];
    const [first, second] = [await receiver(one), await receiver(two)];
    const prometheus = await startPrometheus({
      agent: true,
      flags: [features],
      config: { ...config, remote_write: [writeTo(first.url)] },
    });
    // Prometheus sends nothing whose time is before its start: exporters' own times lie after it.
    startMs = Date.now();
    const worker = await startWorker({
      config: {
        ...config,
        global: { ...config.global, ...instead },
        remote_write: [writeTo(second.url)],
        agent: { self: { enabled: false } },
      },
    });
    return new SideBySide(
      { process: prometheus, receiver: first, delivered: one },
      { process: worker, receiver: second, delivered: two },
      startMs,
      exporters,
      at,
    );
  }

  /** Until each has delivered the scrapes that are compared: those of a later one have come. */
  async untilScraped(scenarios: readonly Scenario[]): Promise<void> {
    const isDone = () =>
      scenarios.every((scenario) =>
        [this.prometheus, this.promAgent].every(({ delivered }) =>
          delivered.hasScraped(scenario.name, scrapesOf(scenario)),
        ),
      );
    while (!isDone()) await delay(100);
  }

  /** What only one of the two delivered. */
  difference(scenario: Scenario): Pick<Difference, 'prometheus' | 'promAgent'> {
    const [prometheus, promAgent] = [this.prometheus, this.promAgent].map(({ delivered }) =>
      delivered.targetsOf(scenario.name).flatMap((samples) => this.#lines(samples, scenario)),
    );
    return {
      prometheus: without(prometheus!, promAgent!),
      promAgent: without(promAgent!, prometheus!),
    };
  }

  #lines(samples: readonly ReceivedSample[], scenario: Scenario): string[] {
    const lines = deliveredLines(samples, scrapesOf(scenario), this.startMs);
    const { exporter, other, nobody } = this.#at;
    return lines.map((line) =>
      line.replaceAll(exporter, 'exporter').replaceAll(other, 'other').replaceAll(nobody, 'nobody'),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.prometheus.process.stop(), this.promAgent.process.stop()]);
    await Promise.all([this.prometheus.receiver.close(), this.promAgent.receiver.close()]);
    for (const exporter of this.#exporters) await exporter.stop();
  }
}

interface Agent<Process> {
  readonly process: Process;
  readonly receiver: WriteReceiver;
  readonly delivered: Delivered;
}

async function receiver(delivered: Delivered): Promise<WriteReceiver> {
  const receiver = await WriteReceiver.listen();
  receiver.answer = ({ samples }) => {
    delivered.add(samples);
    receiver.requests.length = 0;
    return { status: 204 };
  };
  return receiver;
}

/** One shard: what comes first is of an earlier scrape. */
function writeTo(url: string): object {
  return {
    url,
    send_native_histograms: true,
    metadata_config: { send: false },
    queue_config: { max_shards: 1, capacity: 100_000, batch_send_deadline: '100ms' },
  };
}

function configOf(scenarios: readonly Scenario[], at: Addresses) {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '700ms' },
    scrape_configs: scenarios.map(({ name, job }) => ({
      job_name: name,
      metrics_path: `/${name}`,
      static_configs: [{ targets: [at.exporter], labels: { scenario: name } }],
      ...(typeof job === 'function' ? job(at) : job),
    })),
  };
}

function scrapesOf({ scrapes = defaultScrapes }: Scenario): number {
  return scrapes;
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
