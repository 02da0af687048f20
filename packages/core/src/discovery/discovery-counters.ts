/** Why and how often the targets of a job are out of date, for the agent's own metrics. */
export class DiscoveryCounters {
  /** Updates that discoveries gave, errors included. */
  received = 0;
  /** Updates that were passed on to build targets. */
  passedOn = 0;
  readonly #failures = new Map<string, { mechanism: string; config: string; count: number }>();

  /** @param mechanism the kind of discovery; @param config the job */
  failed(mechanism: string, config: string): void {
    const key = `${mechanism} ${config}`;
    const entry = this.#failures.get(key) ?? { mechanism, config, count: 0 };
    entry.count++;
    this.#failures.set(key, entry);
  }

  /** Makes a series of a discovery that has not failed yet: a counter that appears at 1 hides its first rise. */
  watch(mechanism: string, config: string): void {
    const key = `${mechanism} ${config}`;
    if (!this.#failures.has(key)) this.#failures.set(key, { mechanism, config, count: 0 });
  }

  failures(): Iterable<{
    readonly mechanism: string;
    readonly config: string;
    readonly count: number;
  }> {
    return this.#failures.values();
  }
}
