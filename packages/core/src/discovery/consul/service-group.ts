import type { TargetGroup } from '../discovery.js';
import { hostAndPort } from '../host-and-port.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';

/** What Consul tells of an instance of a service (`/v1/health/service`), as far as it is read. */
interface Instance {
  readonly Node: {
    readonly Node?: string;
    readonly Address?: string | null;
    readonly Meta?: Texts | null;
    readonly TaggedAddresses?: Texts | null;
  };
  readonly Service: {
    readonly ID?: string;
    readonly Address?: string | null;
    readonly Port?: number | null;
    readonly Tags?: readonly string[] | null;
    readonly Meta?: Texts | null;
    readonly Namespace?: string;
    readonly Partition?: string;
  };
  readonly Checks?: readonly Check[] | null;
}

interface Check {
  readonly CheckID?: string | null;
  readonly Status?: string;
}

type Texts = Readonly<Record<string, string>>;

/**
 * The targets of a service, with the labels that Prometheus' Consul discovery gives them.
 * Throws an Error that says what is expected when the answer is no list of instances.
 */
export function serviceGroup(
  service: string,
  datacenter: string,
  { tagSeparator }: Pick<ConsulDiscoveryConfig, 'tagSeparator'>,
  answer: unknown,
): TargetGroup {
  const instances = readInstances(service, answer);
  return {
    source: service,
    targets: instances.map((instance) => targetOf(instance, tagSeparator)),
    labels: filled([
      ['__meta_consul_service', service],
      ['__meta_consul_dc', datacenter],
    ]),
  };
}

function targetOf({ Node, Service, Checks }: Instance, separator: string) {
  const address = Service.Address || Node.Address || '';
  const port = String(Service.Port ?? 0);
  // Separators on both ends: a rule then finds a tag without minding whether it is the first or last.
  const tags = separator + (Service.Tags ?? []).join(separator) + separator;
  return filled([
    ['__address__', hostAndPort(address, port)],
    ['__meta_consul_address', Node.Address],
    ['__meta_consul_node', Node.Node],
    ['__meta_consul_namespace', Service.Namespace],
    ['__meta_consul_partition', Service.Partition],
    ['__meta_consul_tags', tags],
    ['__meta_consul_service_address', Service.Address],
    ['__meta_consul_service_port', port],
    ['__meta_consul_service_id', Service.ID],
    ['__meta_consul_health', aggregatedStatus(Checks ?? [])],
    ...prefixed('__meta_consul_metadata_', Node.Meta),
    ...prefixed('__meta_consul_service_metadata_', Service.Meta),
    ...prefixed('__meta_consul_tagged_address_', Node.TaggedAddresses),
  ]);
}

type Pair = readonly [name: string, value: unknown];

/** A label with an empty value is no label. */
function filled(pairs: readonly Pair[]): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (typeof value === 'string' && value !== '') labels.set(name, value);
  }
  return labels;
}

function prefixed(prefix: string, texts: Texts | null | undefined): Pair[] {
  return Object.entries(texts ?? {}).map(([name, value]) => [
    prefix + name.replace(/[^a-zA-Z0-9_]/gu, '_'),
    value,
  ]);
}

/** The worst of the checks (HealthChecks.AggregatedStatus in Consul's api); none at all is passing. */
function aggregatedStatus(checks: readonly Check[]): string {
  let worst = 0;
  let inMaintenance = false;
  for (const { CheckID, Status = '' } of checks) {
    if (CheckID === '_node_maintenance' || CheckID?.startsWith('_service_maintenance:')) {
      inMaintenance = true;
      continue;
    }
    const rank = statuses.indexOf(Status);
    if (rank < 0) return '';
    worst = Math.max(worst, rank);
  }
  return inMaintenance ? 'maintenance' : statuses[worst]!;
}

const statuses = ['passing', 'warning', 'critical'];

function readInstances(service: string, answer: unknown): readonly Instance[] {
  // Go's encoder writes an empty list of none as null.
  if (answer === null) return [];
  const isList = Array.isArray(answer) && answer.every(isInstance);
  if (!isList) throw new Error(`service ${service}: expected a list of instances of Consul`);
  return answer as readonly Instance[];
}

/** Go's decoder refuses what has another type, and so the whole answer. */
function isInstance(value: Partial<Instance> | null): boolean {
  if (!isObject(value) || !isObject(value.Node) || !isObject(value.Service)) return false;
  const { Address, Port, Tags } = value.Service;
  return (
    isNoneOrText(value.Node.Address) &&
    isNoneOrText(Address) &&
    (isNone(Port) || typeof Port === 'number') &&
    isNoneOrList(Tags, (tag) => typeof tag === 'string') &&
    isNoneOrList(value.Checks, (check) => isObject(check) && isNoneOrText(check.CheckID))
  );
}

function isNoneOrList<T>(value: readonly T[] | null | undefined, isItem: (item: T) => boolean) {
  return isNone(value) || (Array.isArray(value) && value.every(isItem));
}

function isNoneOrText(value: unknown): boolean {
  return isNone(value) || typeof value === 'string';
}

/** To Go's decoder null is as good as nothing. */
function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject<T>(value: T): value is NonNullable<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
