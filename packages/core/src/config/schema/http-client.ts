import { z } from 'zod';
import { textOf } from '../scalar-text.js';
import {
  type BlockOutput,
  block,
  checkedBlock,
  fieldName,
  list,
  type ReportField,
} from './block.js';
import { flag, leaf, nonEmptyText, oneOf, secret, text } from './leaf.js';
import { headerNameFault, reservedClientHeaders, secretListMap, textMap } from './maps.js';

const secretManager = {
  prometheus: ['username_ref', 'password_ref', 'credentials_ref', 'client_secret_ref'],
};

const basicAuthFields = {
  username: text().optional(),
  username_file: text().optional(),
  password: secret().optional(),
  password_file: text().optional(),
};

const authorizationFields = {
  type: text().optional(),
  credentials: secret().optional(),
  credentials_file: text().optional(),
};

const tlsVersions = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;

const tlsFields = {
  ca: text().optional(),
  ca_file: text().optional(),
  cert: text().optional(),
  cert_file: text().optional(),
  key: secret().optional(),
  key_file: text().optional(),
  server_name: text().optional(),
  insecure_skip_verify: flag().optional(),
  min_version: oneOf([...tlsVersions, '']).optional(),
  max_version: oneOf([...tlsVersions, '']).optional(),
};

export const tlsSchema = checkedBlock(tlsFields, checkTls, {
  prometheus: ['ca_ref', 'cert_ref', 'key_ref', 'next_protos'],
});

const proxyFields = {
  proxy_url: proxyUrl().optional(),
  no_proxy: text().optional(),
  proxy_from_environment: flag().optional(),
  proxy_connect_header: secretListMap('header names').optional(),
};

const oauth2Fields = {
  client_id: nonEmptyText('the id of the client'),
  client_secret: secret().optional(),
  client_secret_file: text().optional(),
  token_url: httpUrl('an absolute URL such as https://login.host/token'),
  scopes: list(text()),
  endpoint_params: textMap('parameter names and values').optional(),
  tls_config: tlsSchema.nullish(),
  ...proxyFields,
};

const headerFields = {
  values: list(text()),
  secrets: list(secret()),
  files: list(text()),
};

/** Prometheus' http_config as it stands inside of a scrape config, a remote_write or a discovery. */
export const httpClientFields = {
  basic_auth: checkedBlock(basicAuthFields, checkBasicAuth, secretManager).nullish(),
  authorization: checkedBlock(authorizationFields, checkAuthorization, secretManager).nullish(),
  oauth2: checkedBlock(oauth2Fields, checkOAuth2, secretManager).nullish(),
  bearer_token: secret().optional(),
  bearer_token_file: text().optional(),
  tls_config: tlsSchema.nullish(),
  follow_redirects: flag().optional(),
  // HTTP/1.1 is all that is spoken, as by vmagent; both values are fine with every server.
  enable_http2: flag().optional(),
  ...proxyFields,
  http_headers: z
    .record(z.string(), block(headerFields).nullable())
    .superRefine((headers, ctx) => {
      for (const name of Object.keys(headers)) {
        const message = headerNameFault(name, reservedClientHeaders);
        if (message === undefined) continue;
        ctx.addIssue({ code: 'custom', path: [name], message, params: { aboutName: true } });
      }
    })
    .nullish(),
};

export type WrittenHttpClient = BlockOutput<typeof httpClientFields>;
export type WrittenTls = BlockOutput<typeof tlsFields>;
export type WrittenProxy = BlockOutput<typeof proxyFields>;

/** An absolute http or https URL with a host. */
export function httpUrl(expected: string) {
  return leaf(expected, (value) => {
    const url = textOf(value);
    return url !== undefined && isHttpUrl(url) ? url : undefined;
  });
}

export function isHttpUrl(url: string): boolean {
  const hasBrokenEscape = /^[^?#]*%(?![\da-f]{2})/i.test(url);
  const hasEscapedHost = /^https?:\/\/(?:[^/?#]*@)?[^/?#@]*%[^/?#@]*(?:[/?#]|$)/i.test(url);
  // URL leaves blanks and control characters out without a word; Go refuses them.
  const hasControl = /\p{Cc}|^\s|^https?:\/\/[^/?#]*\s/iu.test(url);
  if (hasBrokenEscape || hasEscapedHost || hasControl) return false;
  return /^https?:\/\/[^/?#]/i.test(url) && URL.canParse(url);
}

function isSocksUrl(url: string): boolean {
  return /^socks5h?:\/\/./i.test(url) && URL.canParse(url);
}

/** An empty one is none, as in Prometheus. */
function proxyUrl() {
  return leaf('a URL such as http://proxy:3128', (value) => {
    const url = textOf(value);
    const isProxy = url !== undefined && (isHttpUrl(url) || isSocksUrl(url));
    return url === '' || isProxy ? url : undefined;
  });
}

function checkBasicAuth(written: BlockOutput<typeof basicAuthFields>, report: ReportField): void {
  reportBoth(written, ['username', 'username_file'], report);
  reportBoth(written, ['password', 'password_file'], report);
}

function checkAuthorization(
  written: BlockOutput<typeof authorizationFields>,
  report: ReportField,
): void {
  reportBoth(written, ['credentials', 'credentials_file'], report);
  if (written.type?.trim().toLowerCase() === 'basic')
    report('type', `found "${written.type}", expected another: use ${fieldName('basic_auth')}`);
}

function checkOAuth2(written: BlockOutput<typeof oauth2Fields>, report: ReportField): void {
  reportBoth(written, ['client_secret', 'client_secret_file'], report);
}

function checkTls(written: WrittenTls, report: ReportField): void {
  reportBoth(written, ['ca', 'ca_file'], report);
  reportBoth(written, ['cert', 'cert_file'], report);
  reportBoth(written, ['key', 'key_file'], report);
  const cert = written.cert ? 'cert' : written.cert_file && 'cert_file';
  const key = written.key ? 'key' : written.key_file && 'key_file';
  const fields = (name: string): string => `${fieldName(name)} or ${fieldName(`${name}_file`)}`;
  if (cert && !key) report(cert, `needs ${fields('key')} beside it`);
  if (key && !cert) report(key, `needs ${fields('cert')} beside it`);
}

/** A text and the file it may come from; an empty one says nothing. */
export function reportBoth<N extends string>(
  written: { readonly [name in N]?: string | undefined },
  [name, fileName]: readonly [N, N],
  report: ReportField,
): void {
  if (!written[name] || !written[fileName]) return;
  report(fileName, `${fieldName(name)} is given too, expected one of the two: remove one`);
}
