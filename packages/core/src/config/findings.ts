import type { ConfigProblem, Position } from './config-problem.js';
import { describeFound } from './describe-found.js';
import { pathText } from './path-text.js';
import type { ConfigPath, Origin, RawTree } from './raw-tree.js';
import { spellFields } from './schema/block.js';
import type { Expected } from './schema/leaf.js';
import { optionName, optionNames, schemaAt } from './schema/walk.js';

/** Collects what is wrong with a configuration, each with its place, in the words of its author. */
export class Findings {
  readonly tree: RawTree;
  readonly problems: ConfigProblem[];

  constructor(tree: RawTree, problems: ConfigProblem[] = []) {
    this.tree = tree;
    this.problems = problems;
  }

  /** What stands at `path`, or is missing there, is not what is expected. */
  expected(path: ConfigPath, expected: string | Expected): void {
    const value = this.tree.valueAt(path);
    const found = value === undefined ? 'missing' : `found ${describeFound(value)}`;
    const words =
      typeof expected === 'string'
        ? expected
        : expected[this.#inOptions(path) ? 'options' : 'yaml'];
    this.report(path, `${found}, expected ${words}`);
  }

  /** Something about the value at `path`, in a sentence. */
  report(path: ConfigPath, sentence: string): void {
    const position = this.tree.originsAlong(path).findLast(hasValue)?.value;
    this.#add(path, position ?? this.tree.rootPosition, sentence);
  }

  /** Something about the name that `path` ends with. */
  reportName(path: ConfigPath, sentence: string): void {
    const position = this.tree.originsAlong(path).at(-1)?.key;
    this.#add(path, position ?? this.tree.rootPosition, sentence);
  }

  #add(path: ConfigPath, position: Position | undefined, sentence: string): void {
    const inOptions = this.#inOptions(path);
    const spell = (name: string): string => (inOptions ? (optionNames().get(name) ?? name) : name);
    this.problems.push({
      file: inOptions ? undefined : this.tree.file,
      line: inOptions ? undefined : position?.line,
      column: inOptions ? undefined : position?.column,
      path: pathText(inOptions ? this.#optionPath(path) : path),
      message: spellFields(sentence, spell),
    });
  }

  #inOptions(path: ConfigPath): boolean {
    if (this.tree.file === undefined) return true;
    return this.tree.originsAlong(path).some((origin) => origin?.optionName !== undefined);
  }

  #optionPath(path: ConfigPath): ConfigPath {
    const origins = this.tree.originsAlong(path);
    return path.map((step, i) => {
      if (typeof step === 'number') return step;
      return origins[i]?.optionName ?? optionName(step, schemaAt(path.slice(0, i + 1)));
    });
  }
}

function hasValue(origin: Origin | undefined): boolean {
  return origin?.value !== undefined;
}
