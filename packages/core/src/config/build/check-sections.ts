import type { z } from 'zod';
import type { Findings } from '../problems/findings.js';
import { explainUnknownField } from '../problems/unknown-field.js';
import { type ConfigPath, WrittenScalar } from '../raw-tree.js';
import { refusedFields } from '../schema/block.js';
import type { Expected, IssueParams } from '../schema/leaf.js';
import { includedSchema, rootSchema, sections, type Written } from '../schema/root.js';
import { bareSchema, entryOf, fieldsOf, schemaAt } from '../schema/walk.js';

type ListSection = 'scrape_configs' | 'remote_write' | 'kafka_write' | 'pushgateway_write';

type Checked<N extends ListSection> = readonly (NonNullable<Written[N]>[number] | undefined)[];

/** The sections of a configuration without what is wrong in itself. */
export interface CheckedSections {
  readonly global: Written['global'];
  readonly scrapeConfigFiles: readonly string[];
  readonly scrapeConfigs: Checked<'scrape_configs'>;
  readonly remoteWrites: Checked<'remote_write'>;
  readonly kafkaWrites: Checked<'kafka_write'>;
  readonly pushgatewayWrites: Checked<'pushgateway_write'>;
  readonly agent: Written['agent'];
  readonly pool: Written['pool'];
}

/**
 * Holds the tree against the schema and reports everything that does not fit. The rest goes on to the
 * checks between fields, so that all problems are told at once.
 */
export function checkSections(findings: Findings): CheckedSections {
  const root = findings.tree.root ?? {};
  const result = rootSchema.safeParse(root);
  if (!result.success) for (const issue of result.error.issues) reportIssue(issue, findings);
  const written: Partial<Record<keyof typeof sections, unknown>> = isRecord(root) ? root : {};
  const patterns = sections.scrape_config_files.safeParse(written.scrape_config_files);
  return {
    global: rightPart(sections.global, written.global),
    scrapeConfigFiles: patterns.data ?? [],
    scrapeConfigs: rightItems(sections.scrape_configs, written.scrape_configs),
    remoteWrites: rightItems(sections.remote_write, written.remote_write),
    kafkaWrites: rightItems(sections.kafka_write, written.kafka_write),
    pushgatewayWrites: rightItems(sections.pushgateway_write, written.pushgateway_write),
    agent: rightPart(sections.agent, written.agent),
    pool: rightPart(sections.pool, written.pool),
  };
}

/** {@link checkSections} for a file of `scrape_config_files`. */
export function checkIncluded(findings: Findings): CheckedSections['scrapeConfigs'] {
  const root = findings.tree.root ?? {};
  const result = includedSchema.safeParse(root);
  if (result.success) return result.data.scrape_configs ?? [];
  for (const issue of result.error.issues) {
    if (issue.path.length > 0) reportIssue(issue, findings);
    else if (issue.code !== 'unrecognized_keys')
      findings.expected([], 'a mapping with scrape_configs');
    else
      for (const key of issue.keys)
        findings.reportName([key], 'a file of scrape_config_files holds scrape_configs alone');
  }
  return rightItems(sections.scrape_configs, isRecord(root) ? root['scrape_configs'] : undefined);
}

/** A block without its fields that are wrong; undefined when it is wrong as a whole. */
function rightPart<T extends z.ZodType>(schema: T, value: unknown): z.output<T> | undefined {
  const all = schema.safeParse(value);
  if (all.success || !isRecord(value)) return all.data;
  const rest = { ...value };
  for (const issue of all.error.issues) {
    const wrong =
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [issue.path[0]];
    for (const name of wrong) delete rest[String(name)];
  }
  return schema.safeParse(rest).data;
}

function rightItems<T extends z.ZodType>(
  listSchema: z.ZodOptional<z.ZodNullable<z.ZodArray<T>>>,
  value: unknown,
): (z.output<T> | undefined)[] {
  const item = listSchema.unwrap().unwrap().element;
  return Array.isArray(value) ? value.map((one) => rightPart(item, one)) : [];
}

function reportIssue(issue: z.core.$ZodIssue, findings: Findings): void {
  const path = issue.path as ConfigPath;
  if (issue.code === 'unrecognized_keys') {
    const schema = schemaAt(path);
    for (const key of issue.keys) {
      if (isEmpty(findings.tree.valueAt([...path, key])) && isPrometheusField(schema, key))
        continue;
      findings.reportName([...path, key], explainUnknownField(schema, key, false));
    }
  } else if (issue.code === 'invalid_type') {
    findings.expected(path, collectionAt(path, findings.tree.valueAt(path)));
  } else {
    const { expected, aboutName }: IssueParams = (issue.code === 'custom' && issue.params) || {};
    if (expected !== undefined) findings.expected(path, expected);
    else if (aboutName) findings.reportName(path, issue.message);
    else findings.report(path, issue.message);
  }
}

/** A field that prom-agent does not have asks for nothing where it is empty. */
function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function isPrometheusField(schema: unknown, name: string): boolean {
  const { prometheus = [], discoveries = [] } =
    refusedFields.get(bareSchema(schema) as never) ?? {};
  return prometheus.includes(name) || discoveries.includes(name);
}

function collectionAt(path: ConfigPath, value: unknown): Expected {
  const schema = schemaAt(path);
  if (entryOf(schema) !== undefined) return { yaml: 'a mapping', options: 'an object' };
  const fields = fieldsOf(schema);
  if (fields === undefined) return { yaml: 'a list', options: 'an array' };
  const names = Object.keys(fields);
  const few = names.length <= 3 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and so on`;
  const isGlued = value instanceof WrittenScalar && /^\w+:\S/.test(value.text);
  const hint = isGlued ? ': put a blank after the colon' : '';
  return { yaml: `a mapping with ${few}${hint}`, options: 'an object' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
