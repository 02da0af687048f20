import { describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import type { AgentOptions } from './agent-options.js';
import { resolveConfig } from './resolve-config.js';
import { configYaml } from './show/config-yaml.js';

async function messageFor(options: object): Promise<string> {
  try {
    await resolveConfig(options as AgentOptions, { env: {} });
    return 'accepted';
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    return error.message;
  }
}

describe('a secret', () => {
  const secret = 'hunter2';
  const client = {
    oauth2: { clientId: 'a', clientSecret: secret, tokenUrl: `http://u:${secret}@t` },
    tlsConfig: { cert: 'c', key: secret },
    proxyUrl: `http://u:${secret}@p`,
    proxyConnectHeader: { a: [secret] },
    httpHeaders: { a: { secrets: [secret] } },
  };
  const { oauth2: _, ...withoutOAuth2 } = client;
  const basic = { ...withoutOAuth2, basicAuth: { username: 'u', password: secret } };
  const url = `http://u:${secret}@h/w`;
  const options: AgentOptions = {
    scrapeConfigs: [
      {
        jobName: 'a',
        ...client,
        httpSdConfigs: [{ url, ...basic }],
        consulSdConfigs: [
          { token: secret, username: 'u', password: secret, ...withoutOAuth2 },
          { authorization: { credentials: secret } },
          { bearerToken: secret },
        ],
      },
    ],
    remoteWrite: [{ url, headers: { 'X-Api-Key': secret }, ...basic }],
    pushgatewayWrite: [{ url: `http://u:${secret}@h`, ...basic }],
    kafkaWrite: [
      {
        brokers: ['h:1'],
        topic: 't',
        sasl: { mechanism: 'plain', username: 'u', password: secret },
        tlsConfig: { cert: 'c', key: secret },
      },
      { brokers: ['h:1'], topic: 't', sasl: { mechanism: 'oauthbearer', token: secret } },
    ],
  };

  test('is not shown with the configuration', async () => {
    const shown = configYaml(await resolveConfig(options));
    expect(shown).not.toContain(secret);
    expect(shown.match(/<secret>/g)).toHaveLength(27);
    expect(shown.match(/:xxxxx@/g)).toHaveLength(9);
  });

  /** Every place in the options where the secret is or is a part, each made wrong in turn. */
  function* spoiled(value: unknown, wrong: unknown): Generator<unknown> {
    const isIt = typeof wrong === 'number' ? value === secret : String(value).includes(secret);
    if (typeof value === 'string' && isIt) yield wrong;
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      for (const other of spoiled(child, wrong)) {
        const copy: Record<string, unknown> = { ...value, [name]: other };
        yield Array.isArray(value) ? Object.values(copy) : copy;
      }
    }
  }

  test('that is wrong is not shown in the error', async () => {
    const messages: string[] = [];
    // As a number, and as a text that is no URL.
    for (const wrong of [8_675_309, 'u:8675309@h'])
      for (const broken of spoiled(options, wrong))
        messages.push(await messageFor(broken as object));
    expect(messages.length).toBeGreaterThan(40);
    expect(messages.filter((message) => message.includes('8675309'))).toEqual([]);
  });
});
