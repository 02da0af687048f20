import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { pathText } from './path-text.js';
import type { ConfigProblem, Position } from './problems/config-problem.js';
import { type ConfigPath, RawTree, WrittenScalar } from './raw-tree.js';
import { scalarOf } from './yaml-scalar.js';
import { readYamlSyntax, type YamlSyntax } from './yaml-syntax.js';

/** Counted as the schema will see them, each alias with all it stands for. */
const mostValues = 1_000_000;

/** A YAML text as a tree that knows where everything stands, with what is wrong with it as YAML. */
export interface YamlText {
  /** Empty when the text cannot be taken apart at all. */
  readonly tree: RawTree;
  readonly problems: ConfigProblem[];
  /** False when `problems` are of the syntax, so that `tree` says nothing. */
  readonly isYaml: boolean;
}

export function readYaml(text: string, file: string): YamlText {
  const syntax = readYamlSyntax(text, file);
  const reader = new YamlReader(file, syntax);
  const isYaml = syntax.problems.length === 0;
  if (isYaml && syntax.contents !== null) reader.readRoot(syntax.contents);
  reader.tree.second = syntax.second;
  return { tree: reader.tree, problems: [...syntax.problems, ...reader.problems], isYaml };
}

class YamlReader {
  readonly tree: RawTree;
  readonly problems: ConfigProblem[] = [];
  readonly #syntax: YamlSyntax;
  /** By anchor; `open` while the anchored value is being read, which an alias inside it must not use. */
  readonly #anchors = new Map<string, { value: unknown; open: boolean }>();
  readonly #sizes = new WeakMap<object, number>();

  constructor(file: string, syntax: YamlSyntax) {
    this.tree = new RawTree(file);
    this.#syntax = syntax;
  }

  readRoot(contents: ParsedNode): void {
    this.tree.rootPosition = this.#positionOf(contents);
    const root = this.#read(contents, []);
    if (this.#sizeOf(root) > mostValues) {
      this.#report(contents, [], `its aliases (*name) expand to more than ${mostValues} values`);
      return;
    }
    this.tree.root = root;
  }

  #read(node: unknown, path: ConfigPath): unknown {
    if (isAlias(node)) return this.#readAlias(node.source, node, path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    const anchor = node.anchor === undefined ? undefined : { value: null as unknown, open: true };
    if (anchor !== undefined) this.#anchors.set(node.anchor!, anchor);
    const value = this.#readUnaliased(node, path);
    if (anchor !== undefined) Object.assign(anchor, { value, open: false });
    return value;
  }

  #readUnaliased(node: Node, path: ConfigPath): unknown {
    if (isMap(node)) return this.#readMap(node, path);
    if (isSeq(node)) return this.#readList(node.items, path);
    const scalar = scalarOf(node as Scalar);
    if (typeof scalar !== 'string') return scalar;
    this.#report(node, path, scalar);
    return null;
  }

  #readAlias(name: string, node: Node, path: ConfigPath): unknown {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) {
      this.#report(node, path, `found *${name}, but nothing above is marked &${name}`);
    } else if (anchor.open) {
      this.#report(
        node,
        path,
        `found *${name} inside of what &${name} marks: it would hold itself`,
      );
    }
    return anchor?.open === false ? anchor.value : null;
  }

  #readList(items: readonly unknown[], path: ConfigPath): unknown[] {
    const list: unknown[] = [];
    for (const [i, item] of items.entries()) {
      list.push(this.#read(item, [...path, i]));
      this.tree.setOrigin(list, i, { value: this.#positionOf(item) });
    }
    this.#noteSize(list, list);
    return list;
  }

  #readMap(node: YAMLMap, path: ConfigPath): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    const lines = new Map<string, number>();
    for (const { key, value } of node.items) {
      const name = this.#readKey(key, path);
      if (name === undefined) continue;
      if (name.text === '<<' && name.plain) this.#merge(map, value as Node, path);
      else this.#readEntry(map, lines, name.text, key as Node, value, path);
    }
    this.#noteSize(map, Object.values(map));
    return map;
  }

  #readKey(key: unknown, path: ConfigPath): WrittenScalar | undefined {
    const scalar = isScalar(key) ? scalarOf(key) : undefined;
    if (scalar === null) return new WrittenScalar('', true);
    if (scalar instanceof WrittenScalar) return scalar;
    this.#report(key, path, scalar ?? wrongKey(key));
    return undefined;
  }

  #readEntry(
    map: Record<string, unknown>,
    lines: Map<string, number>,
    name: string,
    key: Node,
    value: unknown,
    path: ConfigPath,
  ): void {
    const before = lines.get(name);
    if (before !== undefined) {
      this.#report(key, [...path, name], `written twice, the first time in line ${before}`);
      return;
    }
    lines.set(name, this.#positionOf(key).line);
    map[name] = this.#read(value, [...path, name]);
    this.tree.setOrigin(map, name, {
      key: this.#positionOf(key),
      value: this.#positionOf(value, key),
    });
  }

  /**
   * `<<: *base` (YAML 1.1 merge): of several bases the first wins. As by go-yaml, a merge counts where
   * it stands: what is written above it in the map itself gives way.
   */
  #merge(map: Record<string, unknown>, node: Node, path: ConfigPath): void {
    const merged = this.#read(node, [...path, '<<']);
    for (const base of Array.isArray(merged) ? merged.toReversed() : [merged]) {
      if (typeof base !== 'object' || base === null || base instanceof WrittenScalar) {
        this.#report(node, [...path, '<<'], 'expected a mapping, or a list of mappings, to merge');
        return;
      }
      for (const [name, value] of Object.entries(base)) {
        map[name] = value;
        this.tree.setOrigin(map, name, this.tree.originOf(base, name) ?? {});
      }
    }
  }

  #noteSize(container: object, children: readonly unknown[]): void {
    this.#sizes.set(
      container,
      children.reduce<number>((sum, child) => sum + this.#sizeOf(child), 1),
    );
  }

  #sizeOf(value: unknown): number {
    return (typeof value === 'object' && value !== null && this.#sizes.get(value)) || 1;
  }

  #positionOf(node: unknown, otherwise?: Node): Position {
    const range = (node as Node | null)?.range ?? otherwise?.range;
    return this.#syntax.positionAt(range?.[0] ?? 0);
  }

  #report(node: unknown, path: ConfigPath, message: string): void {
    this.problems.push({
      file: this.tree.file,
      ...this.#positionOf(node),
      path: pathText(path),
      message,
    });
  }
}

function wrongKey(key: unknown): string {
  if (isMap(key)) return 'found { where a name is expected: are these the {{ }} of a template?';
  return 'found a list or an alias as a name, expected text';
}
