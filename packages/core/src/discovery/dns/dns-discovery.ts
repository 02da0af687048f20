import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../errors.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { sameUpdate } from '../same-groups.js';
import type { SerialTasks } from '../serial-tasks.js';
import { sleep } from '../ticker.js';
import type { DnsDiscoveryConfig } from './dns-discovery-config.js';
import { lookUp } from './dns-lookup.js';
import { parseDnsServer } from './dns-server.js';
import { dnsTargetGroup, sameTargets } from './dns-target-group.js';
import { emptyResolvConf, parseResolvConf, type ResolvConf } from './resolv-conf.js';

export interface DnsDiscoveryDeps extends DiscoveryDeps {
  /** Shared by all that read files. */
  readonly fileTasks: SerialTasks;
}

// Each takes a socket and may wait for seconds.
const lookupsAtATime = 64;
/** So much of the interval is left to chance: a fleet that was started together does not ask together. */
const jitter = 0.1;
const problemsTold = 3;

/**
 * `dns_sd_configs`: asks name servers for records at each refresh interval, with a resolver of its own
 * that takes none of libuv's threads. A name that fails keeps its last good group; one that does not
 * exist, or has no records of the type, is an empty one.
 */
export class DnsDiscovery implements Discovery {
  readonly kind = 'dns';
  readonly #config: DnsDiscoveryConfig;
  readonly #deps: DnsDiscoveryDeps;
  readonly #resolvConfFile: string;
  /** By the place of the name in the configuration; none before its first answer. */
  readonly #groups = new Map<number, TargetGroup>();
  readonly #passedOver = new Set<string>();

  constructor(
    config: DnsDiscoveryConfig,
    deps: DnsDiscoveryDeps,
    resolvConfFile = '/etc/resolv.conf',
  ) {
    this.#config = config;
    this.#deps = deps;
    this.#resolvConfFile = resolvConfFile;
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop]);
    // Each lookup listens to it; Node warns of a leak from the eleventh listener on.
    setMaxListeners(0, signal);
    let last: DiscoveryUpdate | undefined;
    while (!signal.aborted) {
      const update = await this.#refresh(signal);
      if (signal.aborted) break;
      if (update.error !== undefined) this.#deps.attemptFailed();
      if (last === undefined || !sameUpdate(last, update)) onUpdate(update);
      last = update;
      const waitMs = this.#config.refreshIntervalMs * (1 - jitter * Math.random());
      await sleep(this.#deps.clock, waitMs, signal);
    }
  }

  async #refresh(signal: AbortSignal): Promise<DiscoveryUpdate> {
    const { names } = this.#config;
    let problems: (string | undefined)[];
    try {
      const conf = await this.#readConf();
      problems = await this.#refreshAll(conf, signal);
    } catch (error) {
      problems = [messageOf(error)];
    }
    return {
      groups: names.flatMap((_name, index) => this.#groups.get(index) ?? []),
      error: summary(problems.filter((problem) => problem !== undefined)),
    };
  }

  /** What went wrong with each name. */
  async #refreshAll(conf: ResolvConf, signal: AbortSignal): Promise<(string | undefined)[]> {
    const problems: (string | undefined)[] = [];
    const names = this.#config.names.entries();
    const refreshRest = async (): Promise<void> => {
      for (const [index, name] of names) {
        problems[index] = await this.#refreshOne(index, name, conf, signal);
      }
    };
    await Promise.all(Array.from({ length: lookupsAtATime }, refreshRest));
    return problems;
  }

  async #readConf(): Promise<ResolvConf> {
    const servers = this.#config.servers.map((text) => {
      const server = parseDnsServer(text);
      if (server === undefined) {
        throw new Error(`${text} is no name server: expected IP or IP:port`);
      }
      return server;
    });
    const file = this.#resolvConfFile;
    try {
      const text = await this.#deps.fileTasks.run(() => readFile(file, 'utf8'));
      const conf = parseResolvConf(text);
      if (servers.length > 0) return { ...conf, servers };
      if (conf.servers.length > 0) return conf;
    } catch (error) {
      if (servers.length > 0) return { ...emptyResolvConf, servers };
      throw new Error(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
    }
    throw new Error(`${file} names no name server, and neither does the configuration`);
  }

  /** What went wrong; undefined when the name has a new group. */
  async #refreshOne(
    index: number,
    name: string,
    conf: ResolvConf,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { type, port } = this.#config;
    try {
      const records = await lookUp(name, type, conf, this.#deps.clock, signal);
      const group = dnsTargetGroup(`${index}:${name}`, name, records, port, (typeCode) =>
        this.#reportPassedOver(name, typeCode),
      );
      const before = this.#groups.get(index);
      if (before === undefined || !sameTargets(before, group)) this.#groups.set(index, group);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #reportPassedOver(name: string, typeCode: number): void {
    const key = `${typeCode}:${name}`;
    if (this.#passedOver.has(key)) return;
    this.#passedOver.add(key);
    this.#deps.logger.warn(
      { name, typeCode },
      'dns discovery: a record that is no target is passed over',
    );
  }
}

function summary(problems: readonly string[]): Error | undefined {
  if (problems.length === 0) return undefined;
  const rest = problems.length - problemsTold;
  const told = problems.slice(0, problemsTold).join('; ');
  return new Error(rest > 0 ? `${told}; and ${rest} more` : told);
}
