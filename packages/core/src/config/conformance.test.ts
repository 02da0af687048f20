import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { PromAgentError } from '../errors.js';
import type { AgentConfig } from './agent-config.js';
import { buildConfig } from './build/build-config.js';
import { formatByteSize, parseByteSize } from './byte-size.js';
import { formatDuration, parseDuration } from './duration.js';
import { readIncludedFiles } from './included-files.js';
import { contextOf, readConfigYaml } from './load-config.js';
import type { ConfigProblem } from './problems/config-problem.js';
import { Findings } from './problems/findings.js';
import { configYaml } from './show/config-yaml.js';

const folder = fileURLToPath(new URL('../../../../../shared/conformance/', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: recorded answers have the shape their README describes.
type Recorded = any;

function casesOf(file: string): Recorded[] {
  if (!existsSync(folder + file)) return [];
  const lines = readFileSync(folder + file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

async function parse(text: string, file: string): Promise<AgentConfig> {
  const { tree, problems } = readConfigYaml(text, file);
  const context = contextOf(dirname(file), { env: {} });
  const included = await readIncludedFiles(tree.root, context.folder);
  return buildConfig(new Findings(tree, problems), context, included);
}

const isThere = existsSync(folder);

interface Answer {
  readonly config?: AgentConfig;
  readonly problems: readonly ConfigProblem[];
}

/** The answer to a text: a configuration, or what is wrong with it. */
async function answer(text: string, file: string): Promise<Answer> {
  try {
    return { config: await parse(text, file), problems: [] };
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    return { problems: error.data['problems'] as ConfigProblem[] };
  }
}

describe.skipIf(!isThere)('recorded answers of Prometheus', () => {
  test.each(casesOf('durations.jsonl'))('duration $input', ({ input, expect: expected }) => {
    expect(parseDuration(input)).toBe(expected.ok ? expected.ms : undefined);
    if (expected.ok) expect(formatDuration(expected.ms)).toBe(expected.string);
  });

  test.each(casesOf('byte_sizes.jsonl'))('byte size $input', ({ input, expect: expected }) => {
    expect(parseByteSize(input)).toBe(expected.ok ? Number(expected.bytes) : undefined);
    if (expected.ok) expect(formatByteSize(Number(expected.bytes))).toBe(expected.string);
  });

  const relabelCases = casesOf('relabel_config.jsonl');

  test.each(relabelCases)('relabel rules $id', async (recorded) => {
    const { name_validation: scheme, relabel_configs_yaml, expect: expected } = recorded;
    const rules = String(relabel_configs_yaml).replace(/^/gm, '  ');
    const global = `global: {metric_name_validation_scheme: ${scheme}}`;
    const text = `${global}\nscrape_configs:\n- job_name: j\n  relabel_configs:\n${rules}\n`;
    const { config, problems } = await answer(text, 'rules.yml');
    expect(config !== undefined, JSON.stringify(problems)).toBe(expected.ok);
  });
});

/** Refused by name until prom-agent has them; a recorded case may fail for nothing else. */
const notSupportedYet = new Set(['failed_request_logging']);

/** The folder its pattern names was not recorded. */
const withoutItsFiles = 'config-file:scrape_config_files_glob.good.yml';

/** Accepted by Prometheus, which then fails at each send; refused here. */
const deliberate: Readonly<Record<string, string>> = {
  'config-authored-145': 'an empty remote_write URL, to which nothing can be sent',
  'config-file:remote_write_retry_on_rate_limit.good.yml': 'a remote_write URL without http://',
  'config-inline-002': 'a remote_write URL without http://',
};

describe.skipIf(!isThere)('recorded configurations', () => {
  test.each(casesOf('config_cases.jsonl'))('$id', async (recorded: Recorded) => {
    const file = folder + (recorded.file ?? 'inline.yml');
    const text = recorded.yaml ?? readFileSync(file, 'utf8');
    const { config, problems } = await answer(text, file);
    if (deliberate[recorded.id] !== undefined) expect(config).toBeUndefined();
    else if (recorded.id === withoutItsFiles) expect(config?.scrapeConfigFiles).toHaveLength(1);
    else if (recorded.expect.ok && config !== undefined) expectEffective(config, recorded);
    else if (recorded.expect.ok) expectOnlyUnsupported(problems);
    else if (config !== undefined) expectOnlyUnused(config, recorded.sections);
  });
});

function expectOnlyUnsupported(problems: readonly ConfigProblem[]): void {
  for (const { path, message } of problems) {
    // The field itself, without the index or the name of data it ends with.
    const name = /([a-z_\d]+)(?:\[[^\]]*\])*$/.exec(path)?.[1] ?? '';
    const known = notSupportedYet.has(name) || name.endsWith('_sd_configs');
    expect(known && /support/.test(message), `${path}: ${message}`).toBe(true);
  }
}

/** A fault in a section that means nothing to an agent passes, for the section is named as unused. */
function expectOnlyUnused(config: AgentConfig, sections: readonly string[]): void {
  const faulty = sections.filter((name) => name !== 'global');
  const names = config.unusedSections.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(faulty));
  expect(faulty).not.toEqual([]);
}

/** What is shown with secrets masked is what Prometheus shows, but for what an agent does not have. */
function expectEffective(config: AgentConfig, { expect: expected }: Recorded): void {
  const shown = parseYaml(configYaml(config), { version: '1.1' });
  const effective = expected.effective;
  expect(config.scrapeConfigs.map(({ job }) => job.name)).toEqual(expected.jobs);
  const ours = {
    remote_write: shown.remote_write ?? [],
    scrape_configs: shown.scrape_configs ?? [],
  };
  expect(normal(shown.global, 'global')).toEqual(normal(effective.global, 'global'));
  expect(ours.scrape_configs.map((job: Recorded) => normal(job, 'scrape_configs'))).toEqual(
    (effective.scrape_configs ?? []).map((job: Recorded) => normal(job, 'scrape_configs')),
  );
  expect(ours.remote_write.map((write: Recorded) => normal(write, 'remote_write'))).toEqual(
    (effective.remote_write ?? []).map((write: Recorded, i: number) =>
      normal({ ...write, name: write.name ?? ours.remote_write[i].name }, 'remote_write'),
    ),
  );
}

/** Fields that say nothing to an agent, or that Prometheus leaves out where they are the default. */
function normal(value: Recorded, name: string): Recorded {
  if (Array.isArray(value)) return value.map((item) => normal(item, name));
  if (typeof value === 'string') return value.replace('BASE/', folder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries({ ...defaults[name], ...value })
    .filter(([key]) => !(ignored[name] ?? ['enable_http2']).includes(key))
    .map(([key, child]) => [key, normal(child, key)])
    // No label has an empty value.
    .filter(([, child]) => name !== 'external_labels' || child !== '');
  return Object.fromEntries(entries);
}

const rule = { regex: '(.*)', separator: '', replacement: '' };

const defaults: Readonly<Record<string, object>> = {
  scrape_configs: { metrics_path: '' },
  relabel_configs: rule,
  metric_relabel_configs: rule,
  write_relabel_configs: rule,
  // 0s, which it leaves out, is no time one could send in: the default.
  remote_write: { remote_timeout: '30s' },
};

const ignored: Readonly<Record<string, readonly string[]>> = {
  // An escaping that follows from the validation is shown by prom-agent alone.
  global: ['evaluation_interval', 'query_log_file', 'metric_name_escaping_scheme'],
  remote_write: ['enable_http2', 'metadata_config'],
  // Different on purpose, with prom-agent's default.
  queue_config: ['retry_on_http_429', 'min_shards'],
};
