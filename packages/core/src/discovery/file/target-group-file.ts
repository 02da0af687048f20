import { WrittenScalar } from '../../config/raw-tree.js';
import { readYaml } from '../../config/read-yaml.js';
import type { TargetGroup } from '../discovery.js';
import { targetGroup } from '../target-group.js';

/** What a file is read from and how its scalars and field names are spelled. */
interface Notation {
  parse(bytes: Uint8Array, path: string): unknown;
  /** Undefined when the value is no text in this notation. */
  textOf(value: unknown): string | undefined;
  fieldName(name: string): string;
}

/**
 * Reads a file of target groups (file_sd_configs), strictly: whatever is unknown or ill-typed refuses
 * the whole file, as in Prometheus (discovery/targetgroup). Throws an Error whose message says where.
 *
 * @param path its extension tells JSON from YAML; it becomes `__meta_filepath`
 */
export function parseTargetGroupFile(path: string, bytes: Uint8Array): TargetGroup[] {
  const notation = path.toLowerCase().endsWith('.json') ? json : yaml;
  const root = notation.parse(bytes, path);
  if (root === null) return [];
  if (!Array.isArray(root)) throw new Error(`expected a list of target groups`);
  return root.map((group, index) => readGroup(group, index, path, notation));
}

function readGroup(value: unknown, index: number, path: string, notation: Notation): TargetGroup {
  const at = `group ${index + 1}`;
  if (!isMap(value)) throw new Error(`${at}: expected a mapping with targets and labels`);
  let targets: string[] = [];
  let labels: [string, string][] = [];
  for (const [name, field] of Object.entries(value)) {
    const known = notation.fieldName(name);
    if (known === 'targets') targets = readTargets(field, at, notation);
    else if (known === 'labels') labels = readLabels(field, at, notation);
    else
      throw new Error(`${at}: unknown field ${JSON.stringify(name)}, expected targets or labels`);
  }
  return targetGroup(`${path}:${index}`, targets, [...labels, ['__meta_filepath', path]]);
}

function readTargets(value: unknown, at: string, notation: Notation): string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${at}, targets: expected a list of host:port`);
  return value.map((target, index) => {
    const text = notation.textOf(target);
    if (text === undefined) throw new Error(`${at}, targets, item ${index + 1}: expected a text`);
    return text;
  });
}

function readLabels(value: unknown, at: string, notation: Notation): [string, string][] {
  if (value === null) return [];
  if (!isMap(value)) throw new Error(`${at}, labels: expected a mapping of names to values`);
  return Object.entries(value).map(([name, labelValue]) => {
    if (name === '') throw new Error(`${at}, labels: a label needs a name`);
    const text = notation.textOf(labelValue);
    if (text === undefined) throw new Error(`${at}, label ${name}: expected a text`);
    return [name, text];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof WrittenScalar)
  );
}

const json: Notation = {
  // Like Go's, this decoder puts U+FFFD where bytes are no UTF-8; a byte order mark stays, and is refused.
  parse: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')),
  textOf: (value) => (value === null ? '' : typeof value === 'string' ? value : undefined),
  // Go's JSON decoder does not mind the case of field names.
  fieldName: (name) => name.toLowerCase(),
};

const yaml: Notation = {
  parse(bytes, path) {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const { tree, problems } = readYaml(firstDocument(text), path);
    const [problem] = problems;
    if (problem !== undefined) {
      throw new Error(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
    }
    return tree.root;
  },
  textOf: (value) =>
    value === null ? '' : value instanceof WrittenScalar ? value.text : undefined,
  fieldName: (name) => name,
};

/** Prometheus reads the first of several YAML documents and never looks at the others. */
function firstDocument(text: string): string {
  const marker = /^---(?=[ \t\r\n]|$)/gm;
  for (const { index } of text.matchAll(marker)) {
    if (/^[^#%\r\n]*[^#%\s]/m.test(text.slice(0, index).replace(/^---/gm, ''))) {
      return text.slice(0, index);
    }
  }
  return text;
}
