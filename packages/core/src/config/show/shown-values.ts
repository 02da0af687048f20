import { formatByteSize } from '../byte-size.js';

/** In place of a secret, as Prometheus shows it. */
export const masked = '<secret>';

export type Shown = Record<string, unknown>;

/** What says nothing is left out: undefined, 0, false, an empty text, list or mapping. */
export function compact(fields: Shown): Shown {
  const entries = Object.entries(fields).filter(([, value]) => {
    if (typeof value !== 'object' || value === null) return Boolean(value);
    return Object.keys(value).length > 0;
  });
  return Object.fromEntries(entries);
}

export function shownBytes(bytes: number): string | undefined {
  return bytes === 0 ? undefined : formatByteSize(bytes);
}

/** A URL with its password masked, as Prometheus shows it. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z][\w+.-]*:\/\/[^/?#@:]*):[^/?#]*@/i, '$1:xxxxx@');
}

const secretName = /auth|token|key|secret|passw|cookie|credential|assertion/i;

/** Names and values, where the value of a name that speaks of a secret is masked. */
export function shownMap(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [name, secretName.test(name) ? masked : value]),
  );
}
