import { HttpFailure } from './http-failure.js';

/**
 * The URL of a target, whose labels may hold anything, so that it need be none.
 * @throws HttpFailure `malformed`
 */
export function requestUrl(text: string): URL {
  if (!URL.canParse(text)) throw new HttpFailure('malformed', `${text} is no valid URL`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  const scheme = url.protocol.slice(0, -1);
  throw new HttpFailure('malformed', `${text}: unsupported protocol scheme ${scheme}`);
}
