import type { MatrixServer } from './servers.js';

const pattern =
  /^http_request_duration_seconds_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;

/** `method route status count` of each series of an agent, sorted; a route of `-` is that of no route. */
export async function counted({ registry }: MatrixServer): Promise<string[]> {
  const text = await registry.metrics();
  return [...text.matchAll(pattern)]
    .map(([, method, route, ...rest]) =>
      [method, route?.replace('__unknown__', '-'), ...rest].join(' '),
    )
    .sort();
}

/** How many requests they are together. */
export function requests(counts: readonly string[]): number {
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Of all series of a histogram or a counter. */
export function sumOf(text: string, name: string): number {
  return added(text, `${name}_(?:sum|total)\\{.*\\} (\\S+)`);
}

export function countOf(text: string, name: string): number {
  return added(text, `${name}_count\\{.*\\} (\\d+)`);
}

function added(text: string, line: string): number {
  const found = [...text.matchAll(new RegExp(`^${line}$`, 'gm'))];
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}
