import { messageOf } from '../errors.js';
import type { FileTexts } from './file-texts.js';
import type { HttpClientConfig, HttpHeaderConfig, SecretSource } from './http-client-config.js';
import { HttpFailure } from './http-failure.js';
import { basic } from './proxy-choice.js';

export type RequestHeaders = Readonly<Record<string, string | string[]>>;

/** The headers a configuration adds to a request. */
export interface ConfiguredHeaders {
  /** All of them, credentials and secrets included. */
  readonly all: RequestHeaders;
  /** What may go to any host a redirect names. */
  readonly harmless: RequestHeaders;
}

// Values of http_headers are in the open, but people put keys there.
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
  const all: Record<string, string | string[]> = {};
  const harmless: Record<string, string | string[]> = {};
  for (const [name, header] of Object.entries(config.headers)) {
    const key = name.toLowerCase();
    const values = valuesOf(header, files);
    all[key] = values;
    if (values.length === header.values.length && !secretName.test(name)) harmless[key] = values;
  }
  const authorization = bearer ?? authorizationOf(config, files);
  if (authorization !== undefined) all['authorization'] = authorization;
  return { all, harmless };
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
