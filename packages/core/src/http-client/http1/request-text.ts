import { HttpFailure } from '../http-failure.js';
import type { WireRequest } from './answer-handler.js';

// RFC 9110 section 5.5: what else would end the line, or the request.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Request line and headers as they go over the wire (RFC 9112 section 3), to be written as latin1;
 * without the length of a body and the empty line, so that it can be kept for requests that differ in
 * their bodies alone.
 * @throws HttpFailure `malformed` for a header that cannot be sent
 */
export function requestHead(origin: URL, { method, path, headers }: WireRequest): string {
  const fields = Object.entries(headers);
  let text = `${method} ${path} HTTP/1.1\r\n`;
  if (!fields.some(([name]) => name.toLowerCase() === 'host')) text += `host: ${origin.host}\r\n`;
  for (const [name, values] of fields) {
    for (const value of [values].flat()) text += `${name}: ${checked(name, value)}\r\n`;
  }
  return text;
}

/** What stands behind the {@link requestHead}. */
export function headEnd(body: Uint8Array | undefined): string {
  return body === undefined ? '\r\n' : `content-length: ${body.length}\r\n\r\n`;
}

function checked(name: string, value: string): string {
  if (headerValue.test(value)) return value;
  const what = 'it has a line break, a control character or a character beyond latin1';
  throw new HttpFailure('malformed', `the value of header ${name} cannot be sent: ${what}`);
}
