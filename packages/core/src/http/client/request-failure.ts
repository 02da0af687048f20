/** Why a request had no whole response. Closed: dashboards may switch on it. */
export const clientErrors = [
  /** The service gave up: an AbortSignal, or a body it did not read to the end. */
  'aborted',
  /** A time limit of undici or of an AbortSignal, once there was a connection. */
  'timeout',
  /** No connection: refused, no route, or not in time. */
  'connect',
  /** The server's name has no address. */
  'dns',
  /** A certificate or a handshake. */
  'tls',
  /** The server closed the connection. */
  'reset',
  /** What came is no HTTP, or not what it said it was. */
  'protocol',
  /** The dispatcher was closed or destroyed by the service. */
  'closed',
  'other',
] as const;

export type ClientError = (typeof clientErrors)[number];

/** Codes of errors: undici's and those of system calls. */
const errorOfCode: Readonly<Record<string, ClientError>> = {
  UND_ERR_ABORTED: 'aborted',
  UND_ERR_ABORT: 'aborted',
  ABORT_ERR: 'aborted',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETDOWN: 'connect',
  EADDRNOTAVAIL: 'connect',
  ENOENT: 'connect',
  EMFILE: 'connect',
  ENFILE: 'connect',
  UND_ERR_PRX_TLS: 'connect',
  ENOTFOUND: 'dns',
  UND_ERR_SOCKET: 'reset',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'protocol',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
};

// OpenSSL's verification results (X509_V_ERR_*) come as codes of their own beside ERR_SSL_*.
const patterns: readonly [RegExp, ClientError][] = [
  [/^EAI_/, 'dns'],
  [/^(HPE_|ERR_HTTP2_)/, 'protocol'],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_)/, 'tls'],
  [/^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/, 'tls'],
];

/** The reason that an error of undici's stands for. */
export function clientErrorOf(error: unknown): ClientError {
  const { name, code, syscall, errors } = fieldsOf(error);
  if (name === 'AbortError') return 'aborted';
  if (name === 'TimeoutError') return 'timeout';
  // Some of them have no code.
  if (name === 'HTTPParserError') return 'protocol';
  // What is thrown by the app's AbortController may be anything at all.
  if (typeof code !== 'string') return errors?.[0] ? clientErrorOf(errors[0]) : 'aborted';
  // A SYN that is never answered, as the system sees it.
  if (code === 'ETIMEDOUT' && syscall === 'connect') return 'connect';
  return errorOfCode[code] ?? patterns.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

interface ErrorFields {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  /** Of an AggregateError: one for each address that was tried. */
  readonly errors?: readonly unknown[];
}

function fieldsOf(error: unknown): ErrorFields {
  return typeof error === 'object' && error !== null ? error : {};
}
