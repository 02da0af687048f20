import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeMembers, scrapeIntervalSeconds } from './members.mjs';
import { checkPortsAreFree } from './ports.mjs';
import { waitUntil } from './probe.mjs';
import { Processes } from './processes.mjs';
import { findNodeExporter, findRedisExporter, startPrometheus } from './siblings.mjs';
import { describeProgress, firstReading, readAgent } from './summary.mjs';
import { formatTable } from './table.mjs';

// Together below the ten seconds in which Ctrl-C is done.
const memberStopMs = 8000;
const siblingStopMs = 1500;

/** The example fleet: three agents, the exporters they share and the Prometheus they deliver to. */
export class Fleet {
  #print;
  #scratch = mkdtempSync(path.join(tmpdir(), 'prom-agent-fleet-'));
  #processes = new Processes(this.#scratch);
  #members = [];
  #readings = new Map();
  #timer;

  /** `print` gets lines for the user. */
  constructor(print) {
    this.#print = print;
  }

  /** Resolves with the reason when a process ends that nobody stopped. */
  get unexpectedEnd() {
    return this.#processes.unexpectedEnd;
  }

  /** Resolves when all of it answers. Throws an Error for the user. */
  async start(ports) {
    await checkPortsAreFree(ports);
    const siblings = await this.#startSiblings();
    const addresses = siblings.exporters.filter(({ address }) => address !== undefined);
    this.#members = describeMembers(ports, {
      scratch: this.#scratch,
      exporters: Object.fromEntries(addresses.map(({ job, address }) => [job, address])),
      remoteWriteUrl: siblings.prometheus && `${siblings.prometheus.url}/api/v1/write`,
    });
    for (const member of this.#members) this.#startMember(member);
    for (const { name, url } of this.#members) {
      await waitUntil(`${url}/metrics`, name, this.#processes);
    }
    // A timer set after the stop would keep this process for ever.
    if (this.#processes.isStopping) return;
    this.#print(formatTable(this.#members, siblings, scrapeIntervalSeconds));
    const isDelivering = siblings.prometheus !== undefined;
    this.#timer = setInterval(
      () => this.#printProgress(isDelivering),
      scrapeIntervalSeconds * 1000,
    );
  }

  /** The agents first, so that what they still hold is delivered; then what they talk to. */
  async stop() {
    clearInterval(this.#timer);
    const names = new Set(this.#members.map(({ name }) => name));
    await this.#processes.stop((name) => names.has(name), memberStopMs);
    await this.#processes.stop((name) => !names.has(name), siblingStopMs);
    this.#processes.dispose();
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  killAll() {
    this.#processes.killAll();
  }

  async #startSiblings() {
    const node = await findNodeExporter(this.#processes);
    const redis = await findRedisExporter(this.#processes, this.#scratch);
    return {
      exporters: [
        { name: 'node_exporter', job: 'node', ...node },
        { name: 'redis_exporter', job: 'redis', ...redis },
      ],
      prometheus: await startPrometheus(this.#processes, this.#scratch),
    };
  }

  #startMember({ name, cwd, args, env }) {
    const print = (line) => this.#print(`${name.padEnd(8)} | ${line}`);
    this.#processes.start({ name, command: process.execPath, args, cwd, env, print });
  }

  async #printProgress(isDelivering) {
    const lines = await Promise.all(
      this.#members.map((member) => this.#progress(member, isDelivering)),
    );
    if (!this.#processes.isStopping) this.#print(lines.join('\n'));
  }

  async #progress({ name, url }, isDelivering) {
    const label = `${name.padEnd(8)} :${new URL(url).port}`;
    try {
      const before = this.#readings.get(name) ?? firstReading;
      const now = await readAgent(url);
      this.#readings.set(name, now);
      return `${label}  ${describeProgress(before, now, isDelivering)}`;
    } catch (error) {
      return `${label}  does not answer: ${error.message}`;
    }
  }
}
