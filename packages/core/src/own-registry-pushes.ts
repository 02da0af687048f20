import { createHash } from 'node:crypto';
import type { Clock, ClockTimer } from './clock.js';
import type { AgentConfig, SelfBlock } from './config/agent-config.js';
import type { PushGroup } from './outputs/pushgateway/client/push-group.js';
import type { PushgatewayWriteOptions } from './outputs/pushgateway/pushgateway-options.js';
import type { OwnPush } from './push/push-own-registry.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import type { RegistryRenderer } from './self/registry-renderer.js';
import { defaultSelfInstance, defaultSelfJob } from './self/self-labels.js';
import { SelfTarget } from './self/self-target.js';
import { addressGraceMs } from './self-scrape.js';
import { nextTickMs } from './targets/target-phase.js';

export interface OwnRegistryPushesOptions {
  readonly serviceName: string | undefined;
  readonly renderer: RegistryRenderer;
  readonly clock: Clock;
  readonly scrapePool: ScrapePool;
}

/**
 * The service's own registry on its way to Pushgateways (`source: self`): rendered here on the grid of
 * each block, and sent by a scrape thread.
 */
export class OwnRegistryPushes {
  readonly #options: OwnRegistryPushesOptions;
  readonly #self: SelfBlock;
  readonly #blocks: readonly PushgatewayWriteOptions[];
  #renders: SelfTarget[] = [];
  #instance: string | undefined;
  #grace: ClockTimer | undefined;

  constructor(options: OwnRegistryPushesOptions, { agent, pushgatewayWrites }: AgentConfig) {
    this.#options = options;
    this.#self = agent.self;
    this.#blocks = pushgatewayWrites.filter(({ source }) => source === 'self');
    this.#instance = agent.self.instance;
  }

  /** As the target does, it waits a while for the service to listen: its address is its instance. */
  start(): void {
    const isNamed = this.#blocks.every(({ grouping }) => grouping['instance'] !== undefined);
    if (isNamed || this.#instance !== undefined) this.#run();
    else this.#grace = this.#options.clock.setTimer(addressGraceMs, () => this.#run());
  }

  /** One that is configured stays. */
  setInstance(instance: string): void {
    if (this.#self.instance !== undefined) return;
    this.#instance = instance;
    if (this.#grace !== undefined) this.#run();
  }

  /** The blocks, each with the group that it pushes now. */
  groups(): OwnPush[] {
    return this.#blocks.map((block) => ({ block, group: this.#group(block) }));
  }

  /** Hands over what the registry is now, for the last push, and stops. */
  async finish(): Promise<void> {
    // A service that is closed before it listened has something to say, too.
    if (this.#grace !== undefined) this.#run();
    await Promise.all(this.#renders.map((renders) => renders.finish()));
  }

  close(): void {
    this.#grace?.cancel();
    for (const renders of this.#renders) renders.close();
  }

  #run(): void {
    this.#grace?.cancel();
    this.#grace = undefined;
    this.#renders = this.#blocks.map((block) => this.#render(block));
    for (const renders of this.#renders) renders.start();
  }

  #render(block: PushgatewayWriteOptions): SelfTarget {
    const { renderer, clock, scrapePool } = this.#options;
    const { name: output, intervalMs } = block;
    const phaseMs = phaseOf(this.#group(block), intervalMs);
    const format = block.sendNativeHistograms ? 'protobuf' : 'text';
    return new SelfTarget({
      renderer,
      format,
      escaping: () => (this.#takesUtf8Names(output) ? 'allow-utf-8' : 'underscores'),
      clock,
      nextTickMs: (afterMs) => nextTickMs(afterMs, intervalMs, phaseMs),
      push: (timestampMs, { body, error }) => {
        const group = this.#group(block);
        scrapePool.pushRegistry({ output, group, body, format, timestampMs, error });
      },
    });
  }

  /** As the thread that pushes has found out. */
  #takesUtf8Names(output: string): boolean {
    const { outputs } = this.#options.scrapePool.totals.sum();
    return outputs.find(({ name }) => name === output)?.pushes?.takesUtf8Names ?? true;
  }

  #group({ job, grouping }: PushgatewayWriteOptions): PushGroup {
    const { serviceName } = this.#options;
    return {
      job: job ?? this.#self.job ?? serviceName ?? defaultSelfJob(),
      grouping: { instance: this.#instance ?? defaultSelfInstance(), ...grouping },
    };
  }
}

/** Two services that started at the same moment do not push at the same moment. */
function phaseOf(group: PushGroup, intervalMs: number): number {
  const hash = createHash('sha256').update(JSON.stringify(group)).digest();
  return Number(hash.readBigUInt64BE() % BigInt(intervalMs));
}
