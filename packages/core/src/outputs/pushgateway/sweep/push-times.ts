import type { PushGroup } from '../client/push-group.js';
import type { GatewayReader, ReadResult } from '../gateway/gateway-reader.js';

const family = 'push_time_seconds{';
const label = /(?:"((?:[^"\\]|\\.)*)"|([^="{},]+))="((?:[^"\\]|\\.)*)"/g;
/** Names as they are; a gateway that knows no such thing has none that would need it. */
const accept = 'text/plain;version=1.0.0;escaping=allow-utf-8,text/plain;version=0.0.4;q=0.5';

/** When each group of a gateway was pushed last, as it writes it: by what {@link groupKey} says. */
export type PushTimes = ReadonlyMap<string, string>;

export interface PushTimesRead extends ReadResult {
  readonly times: PushTimes;
}

/** The same for two groups that a gateway cannot tell apart: an empty label is none. */
export function groupKey({ job, grouping }: PushGroup): string {
  return keyOf([...Object.entries(grouping), ['job', job]]);
}

/** Out of `/metrics`, for the API shows a group with all that is in it and takes ten times the bytes. */
export async function readPushTimes(reader: GatewayReader): Promise<PushTimesRead> {
  const times = new Map<string, string>();
  let rest = '';
  const result = await reader.read('/metrics', accept, (piece) => {
    // Lines of others are passed over without being decoded to anything but latin1.
    const text = rest + piece.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    for (let at = text.indexOf(family); at >= 0 && at < end; at = text.indexOf(family, at + 1)) {
      if (at > 0 && text[at - 1] !== '\n') continue;
      note(text.slice(at, text.indexOf('\n', at)), times);
    }
  });
  return { ...result, times };
}

function note(line: string, times: Map<string, string>): void {
  const text = Buffer.from(line, 'latin1').toString();
  const end = text.lastIndexOf('}');
  const labels = text.slice(family.length, end).matchAll(label);
  const pairs = Array.from(labels, ([, quoted, plain, value]): [string, string] => [
    plain ?? unescaped(quoted ?? ''),
    unescaped(value ?? ''),
  ]);
  times.set(keyOf(pairs), text.slice(end + 1).trim());
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, character) => (character === 'n' ? '\n' : character));
}

function keyOf(labels: readonly (readonly [name: string, value: string])[]): string {
  const kept = labels.filter(([, value]) => value !== '');
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}
