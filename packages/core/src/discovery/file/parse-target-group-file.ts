import { WrittenScalar } from '../../config/raw-tree.js';
import { readYaml } from '../../config/read-yaml.js';
import type { TargetGroup } from '../discovery.js';
import type { GroupNotation } from '../group-reader.js';
import { readJsonTargetGroups, readTargetGroups } from '../read-target-groups.js';

/**
 * Reads a file of target groups (file_sd_configs). Throws an Error whose message says where it is wrong.
 *
 * @param path its extension tells JSON from YAML; it becomes `__meta_filepath`
 */
export function parseTargetGroupFile(path: string, bytes: Uint8Array): TargetGroup[] {
  const origin = { source: path, label: ['__meta_filepath', path] } as const;
  if (path.toLowerCase().endsWith('.json')) return readJsonTargetGroups(bytes, origin);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const { tree, problems } = readYaml(firstDocument(text), path);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new Error(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
  }
  return readTargetGroups(tree.root, origin, yaml);
}

const yaml: GroupNotation = {
  textOf: (value) =>
    value === null ? '' : value instanceof WrittenScalar ? value.text : undefined,
  isMap: (value): value is Record<string, unknown> =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof WrittenScalar),
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
