import { HttpFailure } from './http-failure.js';

/**
 * The URL of a target, whose labels may hold anything, so that it need be none.
 * @throws HttpFailure `malformed`
 */
export function requestUrl(text: string): URL {
  // A port alone is this host's, as for Go's net.Dial.
  const written = text.replace(/^(https?:\/\/)(?=:\d)/, '$1localhost');
  if (!URL.canParse(written)) throw new HttpFailure('malformed', `${text} is no valid URL`);
  const url = new URL(written);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  const scheme = url.protocol.slice(0, -1);
  throw new HttpFailure('malformed', `${text}: unsupported protocol scheme ${scheme}`);
}
