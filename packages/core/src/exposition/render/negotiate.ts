import type { EscapingScheme, ExpositionFormat } from '../content-type.js';

/** A representation that can be served. */
export interface Offer {
  readonly format: ExpositionFormat;
  /** With all parameters but `escaping`. */
  readonly contentType: string;
}

/** What a request gets. */
export interface Negotiated {
  readonly format: ExpositionFormat;
  readonly escaping: EscapingScheme;
  /** For the response, with `escaping`. */
  readonly contentType: string;
}

const textOffer: Offer = {
  format: 'text',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};

const protobufOffer: Offer = {
  format: 'protobuf',
  contentType:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** What /federate is served in: OpenMetrics has no place for samples of many times (expfmt.Negotiate). */
export const federationOffers: readonly Offer[] = [protobufOffer, textOffer];

/** What a registry is served in. */
export const registryOffers: readonly Offer[] = [
  protobufOffer,
  {
    format: 'openmetrics',
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  },
  {
    format: 'openmetrics',
    contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  },
  textOffer,
];

/** The version of a media range that names none. */
const defaultVersions: Readonly<Record<string, string>> = {
  'text/plain': '0.0.4',
  'application/openmetrics-text': '0.0.1',
};

/** Parameters in which a range and an offer must agree. */
const deciding = ['proto', 'encoding', 'version'] as const;

const escapings = new Set<string>(['allow-utf-8', 'underscores', 'dots', 'values']);

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The best of `offers` for an Accept header, as prometheus/common expfmt.NegotiateIncludingOpenMetrics
 * chooses: ranges in falling order of q, unknown ones and wildcards passed over, text 0.0.4 when
 * nothing fits. `escaping` counts from any range up to the chosen one; without it names are escaped
 * with `defaultEscaping`. Other than there, q=0 refuses (RFC 9110, 12.4.2).
 */
export function negotiate(
  accept: string | undefined,
  offers: readonly Offer[] = registryOffers,
  defaultEscaping: EscapingScheme = 'underscores',
): Negotiated {
  let escaping = defaultEscaping;
  for (const range of mediaRanges(accept ?? '')) {
    const asked = range.parameters.get('escaping') ?? '';
    if (escapings.has(asked)) escaping = asked as EscapingScheme;
    const offer = offers.find(({ contentType }) => fits(range, contentType));
    if (offer !== undefined) return answer(offer, escaping);
  }
  return answer(textOffer, escaping);
}

function answer({ format, contentType }: Offer, escaping: EscapingScheme): Negotiated {
  return { format, escaping, contentType: `${contentType}; escaping=${escaping}` };
}

function fits(range: MediaRange, contentType: string): boolean {
  const offered = mediaRange(contentType);
  if (offered === undefined || offered.type !== range.type) return false;
  return deciding.every((name) => {
    const wanted = range.parameters.get(name) || undefined;
    const isDefault = name === 'version' ? defaultVersions[range.type] : undefined;
    return offered.parameters.get(name) === (wanted ?? isDefault);
  });
}

/** In falling order of q, those of equal q as they were written. */
function mediaRanges(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map(mediaRange)
    .filter((range) => range !== undefined)
    .map((range) => ({ range, q: quality(range) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ range }) => range);
}

/** A parameter that is not `name=value` is passed over. */
function mediaRange(text: string): MediaRange | undefined {
  const [type = '', ...rest] = text.split(';');
  const pairs = rest
    .map((parameter) => parameter.split('='))
    .filter((pair) => pair.length === 2)
    .map(([name = '', value = '']) => [name.trim(), value.trim()] as const);
  const plainType = type.trim();
  return plainType === '' ? undefined : { type: plainType, parameters: new Map(pairs) };
}

function quality({ parameters }: MediaRange): number {
  const q = parameters.get('q');
  const value = q === undefined ? 1 : Number(q);
  return Number.isNaN(value) ? 1 : value;
}
