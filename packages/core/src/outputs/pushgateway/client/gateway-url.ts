import { PromAgentError } from '../../../errors.js';

/**
 * The URL of a Pushgateway, without a slash at its end, for a group's path to stand behind it:
 * `http://gw:9091`, `gw:9091`, `https://gw/prefix/`.
 * @throws PromAgentError PUSH_INVALID
 */
export function gatewayUrl(text: string): string {
  const written = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search + url.hash !== '') {
    throw new PromAgentError(
      'PUSH_INVALID',
      'expected the URL of a Pushgateway such as http://pushgateway:9091',
    );
  }
  return url.href.replace(/\/+$/, '');
}
