import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  type SecureVersion,
} from 'node:tls';
import { messageOf } from '../errors.js';
import type { SecretSource, TlsConfig, TlsVersion } from './http-client-config.js';
import { HttpFailure } from './http-failure.js';

const versions: Readonly<Record<TlsVersion, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** The texts of a tls_config's files and inline fields. */
export interface TlsTexts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * Options of tls.connect for all connections of a client: one context, whose certificates are parsed
 * once and not per socket.
 * @throws HttpFailure `tls`
 */
export function tlsConnectOptions(
  config: TlsConfig | undefined,
  texts: TlsTexts,
): ConnectionOptions {
  const { ca, cert, key } = texts;
  if (ca !== undefined && !holdsCertificate(ca)) {
    throw new HttpFailure('tls', `unable to use specified CA cert ${describe(config?.ca)}`);
  }
  const minVersion = config?.minVersion ?? 'TLS12';
  const isOld = minVersion === 'TLS10' || minVersion === 'TLS11';
  try {
    const secureContext = createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      minVersion: versions[minVersion],
      ...(config?.maxVersion && { maxVersion: versions[config.maxVersion] }),
      // OpenSSL 3 speaks TLS 1.0 and 1.1 at security level 0 alone.
      ...(isOld && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    });
    return {
      secureContext,
      rejectUnauthorized: config?.insecureSkipVerify !== true,
      ...serverName(config?.serverName),
    };
  } catch (error) {
    const where = `(${describe(config?.cert)}) & key (${describe(config?.key)})`;
    throw new HttpFailure(
      'tls',
      `unable to use specified client cert ${where}: ${messageOf(error)}`,
      error,
    );
  }
}

/** An address is checked but not announced: RFC 6066 allows names alone, and node warns. */
function serverName(name: string | undefined): ConnectionOptions {
  if (name === undefined || name === '') return {};
  if (isIP(name) === 0) return { servername: name };
  return { checkServerIdentity: (_host, cert) => checkServerIdentity(name, cert) };
}

/** As Go's AppendCertsFromPEM: one good certificate is enough. */
function holdsCertificate(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.some((block) => {
    try {
      return new X509Certificate(block).serialNumber !== '';
    } catch {
      return false;
    }
  });
}

function describe(source: SecretSource | undefined): string {
  return source !== undefined && 'file' in source ? `file ${source.file}` : 'inline';
}
