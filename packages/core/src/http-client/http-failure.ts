import { ConnectionClosed } from './http1/connection-closed.js';

/** Why a request got no complete answer. Closed: callers may switch on it. */
export type HttpFailureReason =
  | 'connect'
  | 'timeout'
  /** A certificate, a handshake, or TLS files that cannot be used. */
  | 'tls'
  /** A secret's file cannot be read, or the OAuth 2 server gave no token. */
  | 'credentials'
  | 'redirect'
  | 'body_size'
  /** The caller's buffer takes no more. */
  | 'memory'
  /** What was sent is no HTTP/1.1, or could not be sent as such. */
  | 'malformed'
  /** The answer broke off. */
  | 'truncated'
  /** The caller's signal. */
  | 'aborted';

/** A request that got no complete answer: a result of the network, in words for an operator. */
export class HttpFailure extends Error {
  readonly reason: HttpFailureReason;

  constructor(reason: HttpFailureReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpFailure';
    this.reason = reason;
  }
}

/** What an error of undici or of a socket, seen before the answer's first byte, means. */
export function connectFailure(error: Error): HttpFailure {
  const failure = asHttpFailure(error);
  if (failure !== undefined) return failure;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = error.name === 'HTTPParserError' ? 'malformed' : reasonOf(code);
  return new HttpFailure(reason, words(error), error);
}

/** True when a kept socket died before the first byte of the answer: another one may do. */
export function isDeadSocket(error: unknown): boolean {
  if (error instanceof ConnectionClosed) return !error.hadAnswer;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** undici hides the socket's error in an AggregateError (several addresses) or behind a cause. */
export function words(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return `no file is left for a socket: raise the limit of open files (${error.message})`;
  }
  if (error.message !== '') return error.message;
  const errors = (error as { errors?: Error[] }).errors ?? [];
  return errors.map((one) => one.message).join('; ') || error.name;
}

function asHttpFailure(error: Error): HttpFailure | undefined {
  if (error instanceof HttpFailure) return error;
  const { cause } = error;
  return cause instanceof HttpFailure ? cause : undefined;
}

// OpenSSL's verification results (X509_V_ERR_*) come as codes of their own beside ERR_SSL_*.
const certificateCode =
  /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH|ERROR_IN_CERT)/;

function reasonOf(code: string): HttpFailureReason {
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_INVALID_ARG') return 'malformed';
  return certificateCode.test(code) ? 'tls' : 'connect';
}
