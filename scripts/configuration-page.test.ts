import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { refusedFields } from '../packages/core/src/config/schema/block.js';
import { httpClientFields } from '../packages/core/src/config/schema/http-client.js';
import { unusedSections } from '../packages/core/src/config/schema/prometheus-fields.js';
import {
  bareSchema,
  fieldsOf,
  optionName,
  schemaAt,
} from '../packages/core/src/config/schema/walk.js';

const page = '../docs/reference/configuration.md';
const text = readFileSync(fileURLToPath(new URL(page, import.meta.url)), 'utf8');

const folder = fileURLToPath(new URL('../packages/core/src/config', import.meta.url));
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('-options.ts'))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'));

interface Option {
  readonly comment: string;
  readonly isRequired: boolean;
}

/** The doc comments of an interface of options, with those it extends. */
function optionsOf(name: string): Map<string, Option> {
  const found = sources
    .map((source) =>
      new RegExp(`^export interface ${name}\\b([^{]*)\\{(.*?)^\\}`, 'ms').exec(source),
    )
    .find((match) => match !== null);
  if (!found) throw new Error(`no interface ${name}`);
  const [, heritage = '', body = ''] = found;
  const options = new Map<string, Option>();
  for (const [parent] of heritage.matchAll(/\b(?!Host)[A-Z]\w+Options\b/g))
    for (const [option, about] of optionsOf(parent)) options.set(option, about);
  for (const match of body.matchAll(/\/\*\*(.*?)\*\/\s+(\w+)(\??):/gs)) {
    const [, comment = '', option = '', optional] = match;
    const oneLine = comment.replace(/\s*\n\s*\* ?/g, ' ').trim();
    options.set(option, { comment: oneLine, isRequired: optional === '' });
  }
  return options;
}

/** The interface that stands for each block of the page. */
const interfaces: Readonly<Record<string, string>> = {
  '': 'AgentOptions',
  global: 'GlobalOptions',
  'scrape_configs[]': 'ScrapeConfigOptions',
  http_config: 'HttpClientOptions',
  'http_config.basic_auth': 'BasicAuthOptions',
  'http_config.authorization': 'AuthorizationOptions',
  'http_config.oauth2': 'OAuth2Options',
  'http_config.tls_config': 'TlsOptions',
  'scrape_configs[].static_configs[]': 'StaticConfigOptions',
  'scrape_configs[].file_sd_configs[]': 'FileDiscoveryOptions',
  'scrape_configs[].http_sd_configs[]': 'HttpDiscoveryOptions',
  'scrape_configs[].dns_sd_configs[]': 'DnsDiscoveryOptions',
  'scrape_configs[].consul_sd_configs[]': 'ConsulDiscoveryOptions',
  'scrape_configs[].serverset_sd_configs[]': 'ZooKeeperDiscoveryOptions',
  'scrape_configs[].relabel_configs[]': 'RelabelOptions',
  'remote_write[]': 'RemoteWriteBlockOptions',
  'remote_write[].queue_config': 'QueueConfigOptions',
  'remote_write[].metadata_config': 'MetadataOptions',
  'kafka_write[]': 'KafkaWriteBlockOptions',
  'kafka_write[].sasl': 'SaslOptions',
  'pushgateway_write[]': 'PushgatewayWriteBlockOptions',
  agent: 'AgentBlockOptions',
  'agent.self': 'SelfOptions',
  'agent.queue': 'QueueOptions',
  pool: 'PoolOptions',
  'pool.static': 'StaticPoolOptions',
};

function schemaOf(block: string): unknown {
  const path = block.replace(/^http_config\b\.?/, 'scrape_configs[].').replace(/\.$/, '');
  return schemaAt(
    path === '' ? [] : path.split(/\.|(?=\[\])/).map((step) => (step === '[]' ? 0 : step)),
  );
}

const httpNames = Object.keys(httpClientFields);

function table(block: string): string {
  const schema = schemaOf(block);
  const fields = Object.entries(fieldsOf(schema) ?? {});
  const hasHttp =
    block !== 'http_config' && httpNames.every((name) => fields.some(([n]) => n === name));
  const options = optionsOf(interfaces[block]!);
  const rows = fields
    .filter(([name]) =>
      block === 'http_config' ? httpNames.includes(name) : !(hasHttp && httpNames.includes(name)),
    )
    .filter(([name]) => !(unusedSections as readonly string[]).includes(name))
    .map(([name, field]) => row(name, optionName(name, field), options));
  if (hasHttp) rows.push('| [http_config](#http_config) | | how requests are made |');
  const lines = ['| in YAML | as an option | |', '|---|---|---|', ...rows];
  const refused = Object.values(refusedFields.get(bareSchema(schema) as never) ?? {}).flat();
  if (refused.length > 0 && block !== 'http_config')
    lines.push('', `Refused by name: ${refused.map((name) => `\`${name}\``).join(', ')}.`);
  return lines.join('\n');
}

function row(name: string, option: string, options: ReadonlyMap<string, Option>): string {
  const about = options.get(option);
  expect(about, `a doc comment of ${option}`).toBeDefined();
  const comment = about!.comment
    .replace(/\b(Default:? )\d+ \(([^)]+)\)/g, '$1$2')
    .replace(/, relative to the working directory/g, '')
    .replace(/\|/g, '\\|');
  return `| \`${name}\`${about!.isRequired ? ' (required)' : ''} | \`${option}\` | ${comment} |`;
}

it('docs/reference/configuration.md lists every field of the schema', async () => {
  const rendered = text.replace(
    /<!-- fields: (\S*) -->\n.*?<!-- end -->/gs,
    (_, block: string) => `<!-- fields: ${block} -->\n\n${table(block)}\n\n<!-- end -->`,
  );
  await expect(rendered).toMatchFileSnapshot(page);
});

it('every block has its place on the page', () => {
  const blocks = Array.from(text.matchAll(/<!-- fields: (\S*) -->/g), ([, block]) => block);
  expect(blocks).toEqual(Object.keys(interfaces));
});
