import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';

type Selection = Pick<ConsulDiscoveryConfig, 'services' | 'tags' | 'filter'>;

/** Whether the names of the services have to be asked for: else those of the configuration do. */
export function needsCatalog({ services, tags, filter }: Selection): boolean {
  return services.length === 0 || tags.length > 0 || Boolean(filter);
}

/**
 * The names of the services in a catalog (`/v1/catalog/services`) that are wanted. A service has the
 * tags of all of its instances, so one with the wanted tags may still have no instance with all of them.
 * Throws an Error that says what is expected when the answer is no catalog.
 */
export function wantedServices({ services, tags }: Selection, answer: unknown): Set<string> {
  const names = new Set(services);
  const wanted = Object.entries(readCatalog(answer)).filter(
    ([name, found]) =>
      (names.size === 0 || names.has(name)) && tags.every((tag) => found?.includes(tag)),
  );
  return new Set(wanted.map(([name]) => name));
}

function readCatalog(answer: unknown): Record<string, readonly string[] | null> {
  const isMap = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  if (!isMap || !Object.values(answer).every((tags) => tags === null || Array.isArray(tags))) {
    throw new Error('catalog: expected services with lists of tags: is this a Consul?');
  }
  return answer as Record<string, readonly string[] | null>;
}
