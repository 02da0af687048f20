import { HttpFailure } from '../http-failure.js';

// RFC 9110 section 5.5: what else would end the line, or the request.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Request line and headers as they go over the wire (RFC 9112 section 3). A caller whose request has
 * no body, or always one of the same length, keeps them for the next one.
 * @throws HttpFailure `malformed` for a header that cannot be sent
 */
export function requestText(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
): string {
  let text = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  if (!hasHost(headers)) text += `host: ${url.host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!headerValue.test(value)) {
      throw new HttpFailure(
        'malformed',
        `the value of header ${name} cannot be sent: it has a line break, a control character or a character beyond latin1`,
      );
    }
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function hasHost(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'host');
}
