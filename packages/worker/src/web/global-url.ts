import { hostname } from 'node:os';

const localHost = /^([^/]*\/\/)(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/?]|$)/;

/**
 * A target's URL as others reach it: a target on this host is named after the host, any other is left
 * as it is written (prometheus web/api/v1 getGlobalURL).
 */
export function globalUrl(url: string): string {
  return url.replace(localHost, (_, scheme: string) => scheme + hostname());
}
