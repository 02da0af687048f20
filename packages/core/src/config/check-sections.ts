import type { z } from 'zod';
import type { Findings } from './findings.js';
import type { ConfigPath } from './raw-tree.js';
import type { Expected } from './schema/leaf.js';
import { rootSchema, sections, type Written } from './schema/root.js';
import { fieldsOf, schemaAt } from './schema/walk.js';
import { explainUnknownField } from './unknown-field.js';

/** The sections of a configuration as far as they are right by themselves; what is not is undefined. */
export interface CheckedSections {
  /** Undefined when it is not there and, with `globalFailed`, when it is wrong. */
  readonly global: Written['global'];
  readonly globalFailed: boolean;
  readonly scrapeConfigs: readonly (NonNullable<Written['scrape_configs']>[number] | undefined)[];
  readonly remoteWrites: readonly (NonNullable<Written['remote_write']>[number] | undefined)[];
  readonly agent: Written['agent'];
  readonly pool: Written['pool'];
}

/** Holds the tree against the schema and reports everything that does not fit. */
export function checkSections(findings: Findings): CheckedSections {
  const root = findings.tree.root ?? {};
  const result = rootSchema.safeParse(root);
  for (const issue of result.error?.issues ?? []) reportIssue(issue, findings);
  if (typeof root !== 'object' || Array.isArray(root)) return nothing;
  const written = root as Record<string, unknown>;
  const global = sections.global.safeParse(written['global']);
  return {
    global: global.data,
    globalFailed: !global.success,
    scrapeConfigs: itemsOf(
      written['scrape_configs'],
      sections.scrape_configs.unwrap().unwrap().element,
    ),
    remoteWrites: itemsOf(written['remote_write'], sections.remote_write.unwrap().unwrap().element),
    agent: sections.agent.safeParse(written['agent']).data,
    pool: sections.pool.safeParse(written['pool']).data,
  };
}

const nothing: CheckedSections = {
  global: undefined,
  globalFailed: true,
  scrapeConfigs: [],
  remoteWrites: [],
  agent: undefined,
  pool: undefined,
};

/** One item that is wrong does not keep the others from the checks that come after the schema. */
function itemsOf<T extends z.ZodType>(items: unknown, schema: T): (z.output<T> | undefined)[] {
  return Array.isArray(items) ? items.map((item) => schema.safeParse(item).data) : [];
}

function reportIssue(issue: z.core.$ZodIssue, findings: Findings): void {
  const path = issue.path as ConfigPath;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      findings.reportName([...path, key], explainUnknownField(schemaAt(path), key, false));
    }
  } else if (issue.code === 'invalid_type') {
    findings.expected(path, collectionAt(path));
  } else if (issue.code === 'custom' && issue.params?.['expected'] !== undefined) {
    findings.expected(path, issue.params['expected'] as Expected);
  } else {
    findings.report(path, issue.message);
  }
}

function collectionAt(path: ConfigPath): string | Expected {
  const fields = fieldsOf(schemaAt(path));
  if (fields === undefined) return { yaml: 'a list', options: 'an array' };
  const names = Object.keys(fields);
  const such = names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and others`;
  return { yaml: `a mapping with ${such}`, options: 'an object' };
}
