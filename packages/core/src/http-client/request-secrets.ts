import { messageOf } from '../errors.js';
import type { FileTexts } from './file-texts.js';
import type { HttpClientConfig, HttpHeaderConfig, SecretSource } from './http-client-config.js';
import { HttpFailure } from './http-failure.js';
import { basic, basicAuthorization } from './proxy-choice.js';

export type RequestHeaders = Readonly<Record<string, string | string[]>>;

/** The headers a configuration adds to a request. */
export interface ConfiguredHeaders {
  /** `http_headers`: by name in lower case. */
  readonly added: Readonly<Record<string, string[]>>;
  /** Those of them that may go to any host a redirect names. */
  readonly harmless: Readonly<Record<string, string[]>>;
  /** Of basic_auth or authorization: gives way to one the request has. */
  readonly authorization: string | undefined;
  /** Of OAuth 2: replaces one the request has. */
  readonly bearer: string | undefined;
}

// Values of headers are in the open in a configuration, but people put keys there.
const secretName = /auth|key|token|secret|password|cookie/i;

/**
 * @param bearer token of OAuth 2, where that is configured
 * @throws HttpFailure `credentials`: a file cannot be read
 */
export function configuredHeaders(
  config: HttpClientConfig,
  files: FileTexts,
  bearer: string | undefined,
): ConfiguredHeaders {
  const added: Record<string, string[]> = {};
  const harmless: Record<string, string[]> = {};
  for (const [name, header] of Object.entries(config.headers)) {
    const key = name.toLowerCase();
    const values = valuesOf(header, files);
    // Written twice in other letters it is one header: both send what they have.
    added[key] = [...(added[key] ?? []), ...values];
    if (values.length === header.values.length && !secretName.test(name))
      harmless[key] = [...(harmless[key] ?? []), ...values];
  }
  return { added, harmless, authorization: authorizationOf(config, files), bearer };
}

/**
 * What a request carries: its own headers, the configured ones added to them, and credentials in the
 * order Prometheus' round trippers leave: OAuth 2, the request's own, the URL's, the configuration's.
 *
 * @param trusted false for a host a redirect led to: no credential goes there
 */
export function requestHeaders(
  own: RequestHeaders,
  url: URL,
  configured: ConfiguredHeaders,
  trusted: boolean,
): RequestHeaders {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(own)) {
    if (trusted || !secretName.test(name)) headers[name] = value;
  }
  for (const [name, values] of Object.entries(trusted ? configured.added : configured.harmless)) {
    const before = headers[name];
    headers[name] = before === undefined ? values : [before, values].flat();
  }
  const { authorization, bearer } = configured;
  const written = headers['authorization'] ?? basicAuthorization(url);
  const used = trusted ? (bearer ?? written ?? authorization) : written;
  if (used !== undefined) headers['authorization'] = used;
  return inBytes(headers);
}

/** Headers go over the wire as latin1; text beyond ASCII goes as UTF-8, as Go sends it. */
function inBytes(headers: RequestHeaders): RequestHeaders {
  const bytesOf = (text: string) => Buffer.from(text).toString('latin1');
  const pairs = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? bytesOf(value) : value.map(bytesOf),
  ]);
  return Object.fromEntries(pairs);
}

/** The files whose texts {@link configuredHeaders} takes. */
export function headerFiles(config: HttpClientConfig): string[] {
  const { basicAuth, authorization, headers } = config;
  const sources = [basicAuth?.username, basicAuth?.password, authorization?.credentials];
  const files = sources.flatMap((source) => fileOf(source));
  return [...files, ...Object.values(headers).flatMap((header) => header.files)];
}

export function fileOf(source: SecretSource | undefined): string[] {
  return source !== undefined && 'file' in source ? [source.file] : [];
}

/**
 * The text of a secret.
 * @param what as Prometheus names it in its errors
 * @throws HttpFailure `credentials`
 */
export function secretText(
  source: SecretSource | undefined,
  files: FileTexts,
  what: string,
): string {
  if (source === undefined) return '';
  if ('text' in source) return source.text;
  try {
    return files.text(source.file);
  } catch (error) {
    const message = `unable to read ${what}: ${messageOf(error)}`;
    throw new HttpFailure('credentials', message, error);
  }
}

function authorizationOf(config: HttpClientConfig, files: FileTexts): string | undefined {
  const { basicAuth, authorization } = config;
  if (basicAuth !== undefined) {
    return basic(
      secretText(basicAuth.username, files, 'basic auth username'),
      secretText(basicAuth.password, files, 'basic auth password'),
    );
  }
  if (authorization === undefined) return undefined;
  const credentials = secretText(authorization.credentials, files, 'authorization credentials');
  return `${authorization.type} ${credentials}`;
}

function valuesOf(header: HttpHeaderConfig, files: FileTexts): string[] {
  const fromFiles = header.files.map((file) => secretText({ file }, files, 'headers file'));
  return [...header.values, ...header.secrets, ...fromFiles];
}
