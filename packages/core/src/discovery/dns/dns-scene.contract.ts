import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { DnsServer } from '../../../../../testing/servers/dns-server.js';
import type { Logger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { DiscoveryUpdate } from '../discovery.js';
import { SerialTasks } from '../serial-tasks.js';
import { DnsDiscovery } from './dns-discovery.js';
import type { DnsDiscoveryConfig } from './dns-discovery-config.js';

/** The longest time a lookup waits for one server. */
const lookupMs = 2_000;

export const defaults = { kind: 'dns', names: ['a.example.'], type: 'SRV', port: 0 } as const;

/** A name server with a DNS discovery on it; what it says is in `updates`. */
export class DnsScene {
  readonly server: DnsServer;
  readonly folder: string;
  readonly clock = new ManualClock();
  readonly updates: DiscoveryUpdate[] = [];
  readonly warnings: object[] = [];
  failedAttempts = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  private constructor(server: DnsServer, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  static async create(zone: Record<string, readonly string[]> = {}): Promise<DnsScene> {
    const scene = new DnsScene(
      await DnsServer.start(),
      await mkdtemp(join(tmpdir(), 'prom-agent-dns-')),
    );
    scene.server.zone = zone;
    return scene;
  }

  /** Writes the resolv.conf that the discovery reads; without it there is none. */
  async writeConf(text: string): Promise<void> {
    await writeFile(join(this.folder, 'resolv.conf'), text);
  }

  discovery(config: Partial<DnsDiscoveryConfig> = {}): DnsDiscovery {
    const warn: Logger['warn'] = (fields) => this.warnings.push(fields);
    const deps = {
      clock: this.clock,
      logger: { debug() {}, info() {}, error() {}, warn },
      fileTasks: new SerialTasks(),
      attemptFailed: () => {
        this.failedAttempts++;
      },
    };
    const servers = [this.server.address];
    return new DnsDiscovery(
      { ...defaults, refreshIntervalMs: 30_000, servers, ...config },
      deps,
      join(this.folder, 'resolv.conf'),
    );
  }

  /** Starts one and waits for its first update. */
  async start(config?: Partial<DnsDiscoveryConfig>): Promise<void> {
    this.#running = this.discovery(config).run(
      (update) => this.updates.push(update),
      this.#stop.signal,
    );
    await this.settle();
  }

  /** Lets one refresh interval pass. */
  async refresh(): Promise<void> {
    await this.settle();
    await this.clock.advance(this.clock.nextTimerMs!);
    await this.settle();
  }

  /** Waits until the discovery sleeps; servers that stay silent are given their time. */
  async settle(isSilent = false): Promise<void> {
    for (;;) {
      const nextMs = this.clock.nextTimerMs;
      if (nextMs !== undefined && nextMs > lookupMs) return;
      if (nextMs !== undefined && isSilent) await this.clock.advance(nextMs);
      await turn();
    }
  }

  /** The addresses found last. */
  get addresses(): (string | undefined)[] {
    const groups = this.updates.at(-1)?.groups ?? [];
    return groups.flatMap(({ targets }) => targets.map((labels) => labels.get('__address__')));
  }

  get error(): string | undefined {
    return this.updates.at(-1)?.error?.message;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }
}
