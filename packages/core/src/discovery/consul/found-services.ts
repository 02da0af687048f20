import type { DiscoveryUpdate, TargetGroup } from '../discovery.js';
import { reuseGroup, sameUpdate } from '../same-groups.js';

/**
 * What is known of the services of one discovery, and what fails. Tells an update once every service
 * that is wanted has answered or failed for the first time, and then at each change.
 */
export class FoundServices {
  readonly #onUpdate: (update: DiscoveryUpdate) => void;
  #wanted: ReadonlySet<string> | undefined;
  readonly #groups = new Map<string, TargetGroup>();
  readonly #failures = new Map<string, string>();
  #told: DiscoveryUpdate | undefined;

  constructor(onUpdate: (update: DiscoveryUpdate) => void) {
    this.#onUpdate = onUpdate;
  }

  /** The names of the services to be found from now on; what was found of others is gone. */
  want(services: ReadonlySet<string>): void {
    this.#wanted = services;
    this.#failures.delete(keyOf(undefined));
    for (const name of this.#groups.keys()) {
      if (!services.has(name)) this.#groups.delete(name);
    }
    for (const key of this.#failures.keys()) {
      if (key.startsWith(servicePrefix) && !services.has(key.slice(servicePrefix.length)))
        this.#failures.delete(key);
    }
    this.#tell();
  }

  found(group: TargetGroup): void {
    const { source } = group;
    this.#groups.set(source, reuseGroup(this.#groups.get(source), group));
  }

  /** @param service undefined: what all services depend on (the datacenter, the catalog) */
  failed(service: string | undefined, error: Error): void {
    this.#failures.set(keyOf(service), error.message);
    this.#tell();
  }

  works(service: string | undefined): void {
    this.#failures.delete(keyOf(service));
    this.#tell();
  }

  #tell(): void {
    if (this.#told === undefined && !this.#isFirstAttemptOver()) return;
    const update: DiscoveryUpdate = { groups: [...this.#groups.values()], error: this.#error() };
    if (this.#told !== undefined && sameUpdate(this.#told, update)) return;
    this.#told = update;
    this.#onUpdate(update);
  }

  #isFirstAttemptOver(): boolean {
    if (this.#wanted === undefined) return this.#failures.size > 0;
    return [...this.#wanted].every(
      (name) => this.#groups.has(name) || this.#failures.has(keyOf(name)),
    );
  }

  /** What fails the longest: when all fails, the cause is most often the same, and said once. */
  #error(): Error | undefined {
    const [message] = this.#failures.values();
    return message === undefined ? undefined : new Error(message);
  }
}

const servicePrefix = 'service ';

function keyOf(service: string | undefined): string {
  return service === undefined ? 'catalog' : servicePrefix + service;
}
