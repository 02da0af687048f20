import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load-config.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { DiscoveryUpdate } from './discovery.js';
import { httpDiscovery } from './http-scene.contract.js';
import { type Route, RouteServer } from './route-server.contract.js';

interface RecordedStep {
  readonly targets: Record<string, string>[];
  readonly updated: boolean;
}

interface RecordedCase {
  readonly id: string;
  readonly name: string;
  readonly scrape_config_part: string;
  readonly steps: { readonly routes: Record<string, Route> }[];
  readonly expect: {
    readonly steps: RecordedStep[];
    readonly requests: { uri: string; headers: Record<string, string> }[];
  };
}

/** How far a test lets time run for each step: some attempts of each kind of discovery. */
const stepMs = 31_000;
const headersOfGoAlone = ['content-type', 'referer'];

/** What Prometheus finds on an HTTP server, recorded; the folder lies beside the repository or is not there. */
export function describeRecordedDiscovery(name: string, isConsul: boolean): void {
  const file = new URL(`../../../../../shared/conformance/${name}.jsonl`, import.meta.url);
  const cases: RecordedCase[] = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  describe.skipIf(cases.length === 0)(`recorded ${name}`, () => {
    it.each(cases.map((one) => [one.id, one.name, one] as const))('%s %s', (_id, _name, one) =>
      replay(one, isConsul),
    );
  });
}

async function replay(one: RecordedCase, isConsul: boolean): Promise<void> {
  const server = await new RouteServer().start();
  if (isConsul) server.consulIndex = 0;
  const clock = new ManualClock();
  const updates: DiscoveryUpdate[] = [];
  const stop = new AbortController();
  const running = discoveryOf(one, server, clock).run((u) => updates.push(u), stop.signal);
  for (const [i, step] of one.steps.entries()) {
    server.serve(step.routes);
    const { targets, updated } = one.expect.steps[i]!;
    const wanted = sorted(targets);
    const deadlineMs = clock.monotonicMs() + stepMs;
    while (clock.monotonicMs() < deadlineMs) {
      if (updated && isSame(targetsOf(updates, server), wanted)) break;
      for (let turns = 0; turns < 20; turns++) await turn();
      await clock.advance(100);
    }
    expect(targetsOf(updates, server)).toEqual(wanted);
    if (!updated) expect(updates.at(-1)?.error).toBeInstanceOf(Error);
  }
  stop.abort();
  await running;
  await server.stop();
  expect(clock.pendingTimers).toBe(0);
  expectRequests(one, server);
}

function discoveryOf(one: RecordedCase, { address }: RouteServer, clock: ManualClock) {
  const part = one.scrape_config_part.replaceAll('ADDR', address).replaceAll(/^/gm, '  ');
  const { scrapeConfigs } = parseConfig(`scrape_configs:\n- job_name: j\n${part}`, 'x.yml');
  const [config] = scrapeConfigs[0]!.discoveries;
  return httpDiscovery(config!, clock, () => {});
}

function targetsOf(updates: readonly DiscoveryUpdate[], server: RouteServer): string[] {
  const groups = updates.at(-1)?.groups ?? [];
  const found = groups.flatMap(({ targets, labels }) =>
    targets.map((target) => Object.fromEntries([...labels, ...target])),
  );
  return sorted(found).map((text) => text.replaceAll(server.address, 'ADDR'));
}

/** An empty label is no label; the order of targets means nothing. */
function sorted(targets: readonly Record<string, string>[]): string[] {
  return targets
    .map((labels) => Object.entries(labels).filter(([, value]) => value !== ''))
    .map((labels) => JSON.stringify(Object.fromEntries(labels.sort())))
    .sort();
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Each request that Prometheus sent was sent, and none but those; how often is a matter of time. */
function expectRequests(one: RecordedCase, server: RouteServer): void {
  const asked = new Set(server.requests.map(({ uri }) => uri));
  const recorded = one.expect.requests.map(({ uri }) => uri);
  // The last questions wait for news, and may not have been put when the last step was over.
  const known = new Set(recorded);
  expect([...asked].filter((uri) => !known.has(uri))).toEqual([]);
  for (const { uri, headers } of one.expect.requests) {
    const seen = server.requests.find((request) => request.uri === uri);
    for (const [name, value] of Object.entries(headers)) {
      if (seen === undefined || headersOfGoAlone.includes(name.toLowerCase())) continue;
      expect(seen.headers[name.toLowerCase()]).toBe(value);
    }
  }
}
