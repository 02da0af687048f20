import { statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import type { RegistryLike, RegistryMetric, RegistrySample } from './registry.js';

/** Node.js' own, which prom-client asks; its types do not have them. */
interface ProcessInternals {
  _getActiveHandles?(): readonly unknown[];
  _getActiveRequests?(): readonly unknown[];
}
const internals = process as unknown as ProcessInternals;

/** What one scrape asks for is looked at once. */
const sameMomentMs = 100;

/**
 * Handles are listed while there are no more than that. The list takes 0.15 ms of the event loop per
 * thousand, five times as long as that of the resources' names.
 */
const mostListed = 1000;

/** Resources that are handles, and the classes they belong to but for TLS sockets and a parent's channel. */
const handleClasses: Readonly<Record<string, string>> = {
  TCPSocketWrap: 'Socket',
  PipeWrap: 'Socket',
  UDPWrap: 'Socket',
  TTYWrap: 'WriteStream',
  TCPServerWrap: 'Server',
  ProcessWrap: 'ChildProcess',
  FSEventWrap: 'FSWatcher',
  StatWatcher: 'StatWatcher',
  SignalWrap: 'Signal',
  MessagePort: 'MessagePort',
};

type Counts = ReadonlyMap<string, number>;

interface Look {
  readonly atMs: number;
  readonly resources: Counts;
  readonly handles: Counts;
  readonly requests: Counts;
}

/**
 * What keeps the process alive and how many files it has open, under prom-client's names. There a
 * scrape lists all sockets four times and the open files once: 15 ms of the event loop for 10,000.
 */
export class ActiveResources {
  readonly #clock: Clock;
  #look: Look | undefined;
  /** From then on for good: what a dashboard groups by should not come and go with the load. */
  #hasMany = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the place of those of prom-client's metrics that are in the registry. */
  replaceIn(registry: RegistryLike): void {
    for (const part of ['resources', 'handles', 'requests'] as const) {
      const name = `nodejs_active_${part}`;
      replace(registry, name, () => byType(this.#now()[part]));
      replace(registry, `${name}_total`, () => lone(totalOf(this.#now()[part])));
    }
    replace(registry, 'process_open_fds', openFiles);
  }

  #now(): Look {
    const nowMs = this.#clock.monotonicMs();
    if (this.#look === undefined || nowMs - this.#look.atMs >= sameMomentMs) {
      this.#look = this.#lookAt(nowMs);
    }
    return this.#look;
  }

  #lookAt(atMs: number): Look {
    const resources = countNames(process.getActiveResourcesInfo());
    const requests = countClasses(internals._getActiveRequests?.() ?? []);
    this.#hasMany ||= totalOf(resources) > mostListed;
    const handles = this.#hasMany
      ? handlesAmong(resources)
      : countClasses(internals._getActiveHandles?.() ?? []);
    return { atMs, resources, handles, requests };
  }
}

/** Requests and timers are resources too. */
function handlesAmong(resources: Counts): Counts {
  const handles = new Map<string, number>();
  for (const [resource, count] of resources) {
    const name = handleClasses[resource];
    if (name !== undefined) handles.set(name, (handles.get(name) ?? 0) + count);
  }
  return handles;
}

/** Thousands of the same come one after the other: comparing costs a fifth of looking each up. */
function countNames(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  let from = 0;
  for (let i = 1; i <= names.length; i++) {
    const name = names[from] as string;
    if (i < names.length && names[i] === name) continue;
    counts.set(name, (counts.get(name) ?? 0) + i - from);
    from = i;
  }
  return counts;
}

function countClasses(objects: readonly unknown[]): Counts {
  const counts = new Map<string, number>();
  for (const one of objects) {
    const name = (one as { constructor?: { name: string } } | undefined)?.constructor?.name;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function totalOf(counts: Counts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** proc(5): the size of this directory is the number of its entries, from Linux 6.2 on; 0 before. */
function openFiles(): RegistrySample[] | Promise<RegistrySample[]> {
  const { size } = statSync('/proc/self/fd');
  return size > 0 ? lone(size) : listOpenFiles();
}

/** A part at a time, on another thread. */
async function listOpenFiles(): Promise<RegistrySample[]> {
  let count = 0;
  for await (const _ of await opendir('/proc/self/fd', { bufferSize: 512 })) count++;
  // Less the one that lists them.
  return lone(count - 1);
}

function lone(value: number): RegistrySample[] {
  return [{ value, labels: {} }];
}

function byType(counts: Counts): RegistrySample[] {
  return [...counts].map(([type, value]) => ({ value, labels: { type } }));
}

function replace(
  registry: RegistryLike,
  name: string,
  read: () => RegistrySample[] | Promise<RegistrySample[]>,
): void {
  // Where the platform has no such thing prom-client has no such metric.
  const theirs = registry.getSingleMetric(name) as RegistryMetric | undefined;
  if (theirs === undefined) return;
  const { help, type, aggregator } = theirs;
  registry.removeSingleMetric(name);
  const get = async () => ({ name, help, type, aggregator, values: await read() });
  registry.registerMetric({ name, help, type, aggregator, get, reset() {} } as never);
}
