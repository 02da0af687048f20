import { compareUtf8 } from '../model/labels.js';
import {
  addressLabel,
  isParamLabel,
  metricsPathLabel,
  paramLabelPrefix,
  type ReadLabels,
  schemeLabel,
} from './hidden-labels.js';

/** URL parameters as configured; each name may have several values. */
export type UrlParams = Readonly<Record<string, readonly string[]>>;

// What Go's net/url leaves as it is, which decides what Prometheus puts on the wire.
const unsafeInHost = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/gu;
const unsafeInPath = /[^A-Za-z0-9\-_.~$&+,/:;=@]/gu;
const unsafeInQuery = /[^A-Za-z0-9\-_.~]/gu;
/** Safe in a host and in a path: nearly all there are. */
const plain = /^[A-Za-z0-9\-_.~:/]*$/;

/**
 * The URL of a relabelled target, byte for byte as Prometheus spells it (scrape/target.go URL()):
 * a `?` in the path is part of the path (`%3F`), parameters are sorted, a space in them is `+`.
 * A scheme that HTTP does not know, or none, is spelled too: it is the scrape that fails.
 *
 * @param hasParamLabels false where no label sets a parameter: they are not looked through
 */
export function targetUrl(labels: ReadLabels, params: UrlParams, hasParamLabels = true): string {
  const scheme = labels.get(schemeLabel) ?? '';
  const host = escapeUnlessPlain(labels.get(addressLabel) ?? '', unsafeInHost);
  const path = escapePath(labels.get(metricsPathLabel) ?? '');
  const query = hasParamLabels || !isEmpty(params) ? encodeQuery(labels, params) : '';
  return `${scheme === '' ? '' : `${scheme}:`}//${host}${path}${query === '' ? '' : `?${query}`}`;
}

function escapePath(path: string): string {
  if (path === '') return '';
  // Go leaves the one path `*` alone: it is HTTP's own "no path" (OPTIONS *).
  const escaped = path === '*' ? path : escapeUnlessPlain(path, unsafeInPath);
  return escaped.startsWith('/') ? escaped : `/${escaped}`;
}

function encodeQuery(labels: ReadLabels, params: UrlParams): string {
  let values: Map<string, readonly string[]> | undefined;
  for (const label of labels.keys()) {
    if (!isParamLabel(label)) continue;
    values ??= new Map(Object.entries(params));
    const value = labels.get(label) ?? '';
    const name = label.slice(paramLabelPrefix.length);
    values.set(name, [value, ...(values.get(name) ?? []).slice(1)]);
  }
  if (values === undefined && isEmpty(params)) return '';
  const all = values ?? new Map(Object.entries(params));
  return [...all.keys()]
    .sort(compareUtf8)
    .flatMap((name) =>
      (all.get(name) ?? []).map((value) => `${component(name)}=${component(value)}`),
    )
    .join('&');
}

function isEmpty(params: UrlParams): boolean {
  for (const _ in params) return false;
  return true;
}

function component(text: string): string {
  return escapeBytes(text, unsafeInQuery).replaceAll('%20', '+');
}

function escapeUnlessPlain(text: string, unsafe: RegExp): string {
  return plain.test(text) ? text : escapeBytes(text, unsafe);
}

function escapeBytes(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (char) =>
    Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
}
