import type { Scene } from '../matrix/scenes.js';
import type { Peer } from './peers.js';

/** A cell of the matrix: what is right in the peer's words, and what it counted. */
export interface Cell {
  readonly scene: string;
  readonly right: readonly string[];
  readonly found: readonly string[];
}

/** Runs a scene against a peer; a cell is right when `found` is `right`. */
export async function countScene(peer: Peer, scene: Scene): Promise<Cell> {
  const server = await peer.start();
  try {
    await scene.act(server.port, server);
    await server.settled();
    const text = await server.metrics();
    const expected = expectedOf(peer, scene.counted);
    const right = summed(expected);
    const found = summed(withoutRoute(countsOf(peer, text), expected));
    const isCounted = right.join() === found.join();
    // What is not counted has no size and no duration.
    const [more, has] = isCounted ? measuresOf(peer, scene, text) : [[], []];
    return { scene: scene.name, right: [...right, ...more], found: [...found, ...has] };
  } finally {
    await server.close();
  }
}

/** Any label is good for requests that no route took, as long as they share it. */
function withoutRoute(found: readonly Line[], expected: readonly Line[]): readonly Line[] {
  const known = new Set(expected.map(({ route }) => route));
  const others = new Set(found.map(({ route }) => route).filter((route) => !known.has(route)));
  if (!known.has(noRoute) || others.size !== 1) return found;
  return found.map((line) => (others.has(line.route) ? { ...line, route: noRoute } : line));
}

const noRoute = '-';

/** The expected counts in the peer's words. */
function expectedOf(peer: Peer, counted: readonly string[]): Line[] {
  return counted.map((line) => {
    const [method = '', route = '', status = '', count] = line.split(' ');
    return { method, route: peer.routeOf(route), status, count: Number(count) };
  });
}

function countsOf({ metric, labels }: Peer, text: string): Line[] {
  return [...text.matchAll(new RegExp(`^${metric}_count\\{(.*)\\} (\\d+)$`, 'gm'))].map(
    ([, shown = '', count]) => {
      const label = (name: string | undefined) =>
        new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(shown)?.[1] ?? '';
      const method = label(labels.method);
      return {
        // Only OpenTelemetry has a word for methods that nobody knows; the method itself is right too.
        method: method === 'PURGE' ? '_OTHER' : method,
        route: label(labels.route),
        status: label(labels.status),
        count: Number(count),
      };
    },
  );
}

interface Line {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly count: number;
}

/** Lines that have the same labels are one. */
function summed(lines: readonly Line[]): string[] {
  const sums = new Map<string, number>();
  for (const { method, route, status, count } of lines) {
    const key = [method, route, status].filter((part) => part !== '').join(' ');
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums].map(([key, sum]) => `${key} ${sum}`).sort();
}

/** Sizes and the least duration: what is right, and what was found. */
function measuresOf(
  { metric, hasSizes = false }: Peer,
  { bytes, leastMs = 0 }: Scene,
  text: string,
): [right: string[], found: string[]] {
  const right: string[] = [];
  const found: string[] = [];
  if (hasSizes && bytes !== undefined) {
    for (const kind of ['request', 'response'] as const) {
      right.push(`${bytes[kind]} bytes of ${kind}`);
      found.push(`${sumOf(text, `http_${kind}_size_bytes`)} bytes of ${kind}`);
    }
  }
  if (1000 * sumOf(text, metric) < leastMs) {
    right.push('its whole duration');
    found.push('a part of its duration');
  }
  return [right, found];
}

function sumOf(text: string, name: string): number {
  const found = [...text.matchAll(new RegExp(`^${name}_sum\\{.*\\} (\\S+)$`, 'gm'))];
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}
