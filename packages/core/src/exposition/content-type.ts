/** Prometheus' names of the formats it can ask for (scrape_protocols, fallback_scrape_protocol). */
export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0';

/** How a body is parsed. */
export type ExpositionFormat = 'text' | 'openmetrics' | 'protobuf';

/** What names that need quotes are turned into (prometheus/common model.EscapingScheme). */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

const formatOfProtocol: Readonly<Record<ScrapeProtocol, ExpositionFormat>> = {
  PrometheusProto: 'protobuf',
  'PrometheusText0.0.4': 'text',
  'PrometheusText1.0.0': 'text',
  'OpenMetricsText0.0.1': 'openmetrics',
  'OpenMetricsText1.0.0': 'openmetrics',
};

const mediaTypeOfProtocol: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto:
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
};

const formatOfMediaType = new Map<string, ExpositionFormat>([
  ['text/plain', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf'],
]);

const token = /^[!#$%&'*+\-.^_`|~0-9a-z{}]+(?:\/[!#$%&'*+\-.^_`|~0-9a-z{}]+)?$/;
const parameter =
  /^\s*;\s*([!#$%&'*+\-.^_`|~0-9A-Za-z{}]+)\s*=\s*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z{}]+)|"((?:\\[\s\S]|[^"\\\r\n])*)")/;

/**
 * The parser for a response, by its Content-Type alone, as Prometheus chooses it: parameters
 * (version, encoding) mean nothing but must be well formed. Without a Content-Type, with a broken or
 * an unknown one the fallback decides; undefined refuses the scrape.
 */
export function formatOf(
  contentType: string | undefined,
  fallback: ScrapeProtocol | undefined,
): ExpositionFormat | undefined {
  const format = contentType === undefined ? undefined : formatOfType(contentType);
  return format ?? (fallback === undefined ? undefined : formatOfProtocol[fallback]);
}

let lastType = '';
let lastFormat: ExpositionFormat | undefined;

/** Targets of a thread mostly have the same Content-Type. */
function formatOfType(contentType: string): ExpositionFormat | undefined {
  if (contentType !== lastType) {
    lastType = contentType;
    lastFormat = formatOfMediaType.get(mediaType(contentType) ?? '');
  }
  return lastFormat;
}

/** As Go's mime.ParseMediaType: lower case, undefined where it returns an error. */
function mediaType(contentType: string): string | undefined {
  const semicolon = contentType.indexOf(';');
  const base = semicolon < 0 ? contentType : contentType.slice(0, semicolon);
  const type = base.trim().toLowerCase();
  if (!token.test(type)) return undefined;
  const parameters = new Map<string, string>();
  let rest = semicolon < 0 ? '' : contentType.slice(semicolon);
  while (rest !== '') {
    const parts = parameter.exec(rest);
    if (parts === null) return /^\s*;?\s*$/.test(rest) ? type : undefined;
    const name = parts[1]!.toLowerCase();
    const value = parts[2] ?? parts[3]!;
    if ((parameters.get(name) ?? value) !== value) return undefined;
    parameters.set(name, value);
    rest = rest.slice(parts[0].length);
  }
  return type;
}

/**
 * The Accept header of a scrape: the protocols in falling preference from q=0.6, `escaping` with
 * those that know it, and anything at last (scrape.acceptHeader).
 */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[],
  escaping: EscapingScheme,
): string {
  let tenths = Object.keys(mediaTypeOfProtocol).length + 1;
  const ranges = protocols.map((protocol) => {
    const parameters = protocol.endsWith('1.0.0') ? `;escaping=${escaping}` : '';
    return `${mediaTypeOfProtocol[protocol]}${parameters};q=0.${tenths--}`;
  });
  return [...ranges, `*/*;q=0.${tenths}`].join(',');
}
