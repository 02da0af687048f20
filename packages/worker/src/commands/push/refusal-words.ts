import { refusesNames } from '@prom-agent/core/push-client';

/** A refusal in words: the gateway's own, and what helps where they do not say it. */
export function refusalWords(words: string): string {
  const said = `the Pushgateway refuses this: ${words}`;
  return refusesNames(words)
    ? `${said} (other names than [a-zA-Z_][a-zA-Z0-9_]* need a gateway from 1.11 on that runs with --push.enable-utf8-names)`
    : said;
}
