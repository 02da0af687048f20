import { setTimeout as delay } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';
import type { Pushgateway } from '../servers/pushgateway.js';

export type PushingAgent = Awaited<ReturnType<typeof createAgent>>;
type Options = NonNullable<Parameters<typeof createAgent>[0]>;
type Block = NonNullable<Options['pushgatewayWrite']>[number];

/** Times of tests are long on a loaded machine; what is waited for comes in a second or two. */
const patienceMs = 60_000;

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PushScene {
  readonly agent: PushingAgent;
  readonly lines: readonly Line[];
}

export interface SceneOptions {
  readonly url: string;
  readonly targets?: readonly string[];
  readonly labels?: Record<string, string>;
  readonly block?: Partial<Block>;
  readonly options?: Options;
}

/** An agent that scrapes targets every 300 ms and pushes what it scraped as often. */
export async function startPushing(scene: SceneOptions): Promise<PushScene> {
  const { url, targets = [], labels, block, options } = scene;
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push({ level, message, fields: { ...fields } });
    };
  const logger = { debug() {}, info: at('info'), warn: at('warn'), error: at('error') };
  const agent = await createAgent({
    logger,
    defaultMetrics: false,
    global: { scrapeIntervalMs: 300, scrapeTimeoutMs: 300 },
    scrapeConfigs: [
      { jobName: 'j', staticConfigs: [{ targets: [...targets], ...(labels && { labels }) }] },
    ],
    pushgatewayWrite: [{ url, source: 'targets', intervalMs: 300, timeoutMs: 2_000, ...block }],
    ...options,
    agent: { threads: 1, self: { enabled: false }, ...options?.agent },
  });
  await agent.start();
  return { agent, lines };
}

/** Asks until it holds. */
export async function until(
  what: string,
  holds: () => boolean | undefined | Promise<boolean | undefined>,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  let error: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (cause) {
      error = cause;
    }
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`, { cause: error });
    await delay(50);
  }
}

export interface ShownSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

const line = /^(?:([a-zA-Z_:][\w:]*))?(?:\{(.*)\})? (\S+)$/;
const label = /(?:"((?:[^"\\]|\\.)*)"|([^="{},]+))(?:="((?:[^"\\]|\\.)*)")?/g;

/** Samples of a name, as the gateway shows them to a scrape. */
export async function samples(gateway: Pushgateway, wanted: string): Promise<ShownSample[]> {
  const text = await gateway.metrics('text/plain;version=1.0.0;escaping=allow-utf-8');
  return text
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'))
    .map(parsed)
    .filter(({ name }) => name === wanted);
}

function parsed(text: string): ShownSample {
  const [, plainName, inBraces = '', value = ''] = line.exec(text) ?? [];
  let name = plainName ?? '';
  const labels: Record<string, string> = {};
  for (const [, quoted, plain, given] of inBraces.matchAll(label)) {
    const own = plain ?? unescaped(quoted ?? '');
    if (given === undefined) name = own;
    else labels[own] = unescaped(given);
  }
  return { name, labels, value };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
}

/** Labels of the groups, sorted by job and instance. */
export async function groupsOf(gateway: Pushgateway): Promise<Record<string, string>[]> {
  const groups = await gateway.groups();
  return groups
    .map(({ labels }) => ({ ...labels }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
