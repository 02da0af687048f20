import type { DiscoveryUpdate, TargetGroup } from '../discovery.js';
import { reuseGroup, sameUpdate } from '../same-groups.js';

/**
 * What is known of the services of one discovery, and what fails. Tells an update once every service
 * that is wanted has answered or failed for the first time, and then at each change.
 */
export class FoundServices {
  readonly #onUpdate: (update: DiscoveryUpdate) => void;
  /** Services that have neither answered nor failed; undefined before it is known which are wanted. */
  #unanswered: Set<string> | undefined;
  readonly #groups = new Map<string, TargetGroup>();
  readonly #failures = new Map<string, string>();
  #isUntold = false;
  #told: DiscoveryUpdate | undefined;

  constructor(onUpdate: (update: DiscoveryUpdate) => void) {
    this.#onUpdate = onUpdate;
  }

  /** The names of the services to be found from now on; what was found of others is gone. */
  want(services: ReadonlySet<string>): void {
    this.#failures.delete(keyOf(undefined));
    for (const name of this.#groups.keys()) {
      if (!services.has(name)) this.#groups.delete(name);
    }
    for (const key of this.#failures.keys()) {
      if (key.startsWith(servicePrefix) && !services.has(key.slice(servicePrefix.length)))
        this.#failures.delete(key);
    }
    const isNew = (name: string) => !this.#groups.has(name) && !this.#failures.has(keyOf(name));
    this.#unanswered = new Set([...services].filter(isNew));
    this.#tell();
  }

  found(group: TargetGroup): void {
    const { source } = group;
    this.#unanswered?.delete(source);
    const before = this.#groups.get(source);
    const now = reuseGroup(before, group);
    if (now === before) return;
    this.#groups.set(source, now);
    this.#isUntold = true;
  }

  /** @param service undefined: what all services depend on (the datacenter, the catalog) */
  failed(service: string | undefined, error: Error): void {
    this.#failures.set(keyOf(service), error.message);
    if (service !== undefined) this.#unanswered?.delete(service);
    this.#tell();
  }

  works(service: string | undefined): void {
    const failed = this.#failures.delete(keyOf(service));
    // Of thousands of services hardly one changes: to look at them all for each answer would be work.
    if (failed || this.#isUntold) this.#tell();
  }

  #tell(): void {
    if (this.#told === undefined && !this.#isFirstAttemptOver()) return;
    this.#isUntold = false;
    const update: DiscoveryUpdate = { groups: [...this.#groups.values()], error: this.#error() };
    if (this.#told !== undefined && sameUpdate(this.#told, update)) return;
    this.#told = update;
    this.#onUpdate(update);
  }

  #isFirstAttemptOver(): boolean {
    return this.#unanswered === undefined ? this.#failures.size > 0 : this.#unanswered.size === 0;
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
