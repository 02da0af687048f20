import { frameworkOptions, hostOptions } from './host-options.js';
import { pathText } from './path-text.js';
import type { ConfigProblem } from './problems/config-problem.js';
import { explainUnknownField } from './problems/unknown-field.js';
import { type RawTree, WrittenScalar } from './raw-tree.js';
import { rootSchema } from './schema/root.js';
import { fieldsOf, itemOf, optionName } from './schema/walk.js';

/**
 * Puts TypeScript options into a tree under their YAML names, over what is there already; reports
 * names that are no option. Maps of data (labels, params, headers) and values stay as they are.
 */
export function readOptions(options: object, tree: RawTree, problems: ConfigProblem[]): void {
  const reader = new OptionsReader(tree, problems);
  const blocks = Object.entries(options).filter(([name]) => !hostOptions.includes(name));
  tree.root = reader.overlay(tree.root, Object.fromEntries(blocks), rootSchema, []);
}

class OptionsReader {
  readonly #tree: RawTree;
  readonly #problems: ConfigProblem[];

  constructor(tree: RawTree, problems: ConfigProblem[]) {
    this.#tree = tree;
    this.#problems = problems;
  }

  /** A block of options over the block it adds to: each option replaces the field of its name. */
  overlay(
    below: unknown,
    value: unknown,
    schema: unknown,
    path: readonly (string | number)[],
  ): unknown {
    const fields = fieldsOf(schema);
    if (fields === undefined || !isRecord(value)) return this.#read(value, schema, path);
    // A file's list or word in place of a block takes no options; the schema refuses it.
    if (Array.isArray(below) || below instanceof WrittenScalar) return below;
    const block: Record<string, unknown> = Object.create(null);
    for (const [name, child] of isRecord(below) ? Object.entries(below) : []) {
      block[name] = child;
      this.#tree.setOrigin(block, name, this.#tree.originOf(below, name) ?? {});
    }
    const yamlNames = new Map(
      Object.entries(fields).map(([name, field]) => [optionName(name, field), name]),
    );
    for (const [name, child] of Object.entries(value)) {
      if (child === undefined) continue;
      const yamlName = yamlNames.get(name);
      if (yamlName === undefined) {
        this.#reportUnknown(schema, [...path, name]);
        continue;
      }
      block[yamlName] = this.overlay(block[yamlName], child, fields[yamlName], [...path, name]);
      this.#tree.setOrigin(block, yamlName, { optionName: name });
    }
    return block;
  }

  #read(value: unknown, schema: unknown, path: readonly (string | number)[]): unknown {
    const item = itemOf(schema);
    if (item === undefined || !Array.isArray(value)) return value;
    return value.map((child, i) => this.overlay(undefined, child, item, [...path, i]));
  }

  #reportUnknown(schema: unknown, path: readonly (string | number)[]): void {
    const name = String(path.at(-1));
    const isRoot = path.length === 1;
    const more = isRoot ? [...hostOptions, ...frameworkOptions] : [];
    const message =
      isRoot && frameworkOptions.includes(name)
        ? 'createAgent() has no such option: it is one of NodeHandler and of the packages for Fastify and Express'
        : explainUnknownField(schema, name, true, more);
    const nowhere = { file: undefined, line: undefined, column: undefined };
    this.#problems.push({ ...nowhere, path: pathText(path), message });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !(value instanceof Map);
}
