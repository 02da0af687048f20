import type { HttpClientConfig } from '../../http-client/http-client-config.js';
import { maskSecrets } from '../../http-client/mask-secrets.js';
import { safeDecode } from '../../http-client/proxy-choice.js';
import type { RequestHeaders } from '../../http-client/request-secrets.js';

const secretHeader = /auth|key|token|secret|password|cookie/i;

/** Where an output sends to. */
interface Destination {
  readonly url: string;
  readonly http: Pick<HttpClientConfig, 'headers'>;
}

/**
 * Takes credentials out of words a receiver or a library said, should they have echoed them: those of
 * the URL, and what was sent, which files and tokens decide.
 */
export function withoutSecrets(
  options: Destination,
): (words: string, sent: RequestHeaders) => string {
  const { password, searchParams } = new URL(options.url);
  const ofUrl = [password, safeDecode(password), ...searchParams.values()];
  const secretNames = new Set(
    Object.entries(options.http.headers).flatMap(([name, { secrets, files }]) =>
      secrets.length + files.length > 0 ? [name.toLowerCase()] : [],
    ),
  );
  return (words, sent) => {
    const secrets = [...ofUrl];
    for (const [name, values] of Object.entries(sent)) {
      if (!secretHeader.test(name) && !secretNames.has(name)) continue;
      for (const value of [values].flat()) secrets.push(value, ...partsOf(value));
    }
    return maskSecrets(secrets)(words);
  };
}

/** A credential without its scheme, and the password of a Basic one. */
function partsOf(value: string): string[] {
  const credential = value.replace(/^\S+\s+/, '');
  const pair = /^basic /i.test(value) ? Buffer.from(credential, 'base64').toString() : '';
  return [credential, pair.slice(pair.indexOf(':') + 1)];
}
