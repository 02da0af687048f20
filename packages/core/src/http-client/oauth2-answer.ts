import type { HttpResponse } from './send-request.js';

/** How much of a refusal goes into words. */
const quotedBytes = 256;

export interface GrantedToken {
  /** `Bearer abc`. */
  readonly authorization: string;
  /** 0: it does not expire. */
  readonly expiresInSeconds: number;
}

/**
 * Reads a token answer (RFC 6749, 5.1 and 5.2) as leniently as golang.org/x/oauth2 does: a form
 * instead of JSON, a lifetime as text, an error with status 200.
 * @throws Error in that package's words
 */
export function readTokenAnswer(response: HttpResponse): GrantedToken {
  const { status, statusText, body } = response;
  const failed = status < 200 || status > 299;
  const fields = readFields(response);
  const error = fields?.['error'];
  if (failed || (error !== undefined && error !== '')) {
    if (error !== undefined && error !== '') {
      const details = [error, fields?.['error_description'], fields?.['error_uri']];
      const said = details.filter((detail) => !!detail).map((detail) => JSON.stringify(detail));
      throw new Error(`oauth2: ${said.join(' ')}`);
    }
    const quoted = body.toString('utf8', 0, quotedBytes).trim();
    throw new Error(`oauth2: cannot fetch token: ${status} ${statusText}\nResponse: ${quoted}`);
  }
  if (fields === undefined) throw new Error('oauth2: cannot parse json');
  const { access_token: token, token_type: type, expires_in: lifetime } = fields;
  if (!token) throw new Error('oauth2: server response missing access_token');
  const seconds = Math.trunc(Number(lifetime ?? 0));
  return {
    authorization: `${schemeOf(type)} ${token}`,
    expiresInSeconds: Number.isFinite(seconds) ? seconds : 0,
  };
}

type Fields = Readonly<Record<string, string | undefined>>;

function readFields({ headers, body }: HttpResponse): Fields | undefined {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const text = body.toString();
  if (type === 'application/x-www-form-urlencoded' || type === 'text/plain') {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const pairs = Object.entries(parsed).filter(([, value]) => value !== null);
    return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
  } catch {
    return undefined;
  }
}

/** Some servers write `bearer` and refuse it when it comes back. */
function schemeOf(type: string | undefined): string {
  const known = { bearer: 'Bearer', mac: 'MAC', basic: 'Basic' } as Record<string, string>;
  return type ? (known[type.toLowerCase()] ?? type) : 'Bearer';
}
