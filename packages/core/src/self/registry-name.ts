/**
 * The name of a metric of ours in a registry. prom-client takes `_total` off a counter it renders as
 * OpenMetrics by writing to `name`, for good and for all registries that have the metric. It means the
 * render that follows at once, so that one sees what was written and nobody else does.
 */
export class RegistryName {
  readonly #name: string;
  #written: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get value(): string {
    return this.#name;
  }

  set value(name: string) {
    this.#written = name;
  }

  /** For the render that is asked for now. */
  take(): string {
    const name = this.#written ?? this.#name;
    this.#written = undefined;
    return name;
  }
}

/** A metric under a name that a registry may write to. */
export function underName<T extends object>(name: RegistryName, metric: T): T & { name: string } {
  return Object.defineProperty(metric, 'name', {
    enumerable: true,
    get: () => name.value,
    set: (written: string) => {
      name.value = written;
    },
  }) as T & { name: string };
}
