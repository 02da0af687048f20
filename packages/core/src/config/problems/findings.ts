import { pathText } from '../path-text.js';
import { type ConfigPath, type RawTree, WrittenScalar } from '../raw-tree.js';
import { spellFields } from '../schema/block.js';
import { type Expected, secretLeaves } from '../schema/leaf.js';
import { optionName, optionNames, schemaAt } from '../schema/walk.js';
import type { ConfigProblem, Position } from './config-problem.js';
import { describeFound } from './describe-found.js';

/** A text in place of one of these is most likely the secret that belongs into it. */
const secretBlocks: ReadonlySet<string> = new Set([
  'basic_auth',
  'authorization',
  'oauth2',
  'sasl',
  'tls_config',
]);

/** Collects what is wrong with a configuration, each with its place, in the words of its author. */
export class Findings {
  readonly tree: RawTree;
  readonly problems: ConfigProblem[];
  readonly #paths: string[] = [];
  /** Places of scalars that YAML refused: they read as nothing, which the schema would refuse again. */
  readonly #knownPlaces: ReadonlySet<string>;

  /** Of the main file, for one of `scrape_config_files`. */
  readonly #main: Findings | undefined;

  constructor(tree: RawTree, problems: ConfigProblem[], main?: Findings) {
    this.tree = tree;
    this.problems = problems;
    this.#main = main;
    this.#knownPlaces = new Set(problems.map(placeOf));
  }

  /** What stands at `path`, or is missing there, is not what is expected. */
  expected(path: ConfigPath, expected: string | Expected): void {
    const value = this.tree.valueAt(path);
    const inOptions = this.#inOptions(path);
    const found = value === undefined ? 'missing' : `found ${this.#describe(path, value)}`;
    const { yaml, options } =
      typeof expected === 'string' ? { yaml: expected, options: expected } : expected;
    this.report(path, `${found}, expected ${inOptions ? options : yaml}`);
  }

  /** Something about the value at `path`, in a sentence that may hold `fieldName`s. */
  report(path: ConfigPath, sentence: string): void {
    const origins = this.tree.originsAlong(path);
    this.#add(path, origins.findLast((origin) => origin?.value !== undefined)?.value, sentence);
  }

  /** Something about the name that `path` ends with. */
  reportName(path: ConfigPath, sentence: string): void {
    this.#add(path, this.tree.originsAlong(path).at(-1)?.key, sentence);
  }

  /** Where `global` is judged: for a file of `scrape_config_files` that is the main one. */
  get ofGlobal(): Findings {
    return this.#main ?? this;
  }

  /** True when something at or below `path` was reported: what depends on it cannot be judged. */
  failed(path: ConfigPath): boolean {
    const text = pathText(path);
    return this.#paths.some(
      (other) => other.startsWith(text) && /^(?:$|[.[])/.test(other.slice(text.length)),
    );
  }

  #add(path: ConfigPath, position: Position | undefined, sentence: string): void {
    this.#paths.push(pathText(path));
    const inOptions = this.#inOptions(path);
    const { line, column } = (inOptions ? undefined : (position ?? this.tree.rootPosition)) ?? {};
    const problem: ConfigProblem = {
      file: inOptions ? undefined : this.tree.file,
      line,
      column,
      path: pathText(inOptions ? this.#optionPath(path) : path),
      message: spellFields(sentence, (name) =>
        inOptions ? (optionNames().get(name) ?? name) : name,
      ),
    };
    if (!this.#knownPlaces.has(placeOf(problem))) this.problems.push(problem);
  }

  #describe(path: ConfigPath, value: unknown): string {
    const schema = schemaAt(path);
    const isCollection = typeof value === 'object' && !(value instanceof WrittenScalar);
    const isSecret = schema !== undefined && secretLeaves.has(schema as never);
    if (!isCollection && (isSecret || secretBlocks.has(String(path.at(-1))))) return 'a secret';
    return describeFound(value, this.#inOptions(path));
  }

  /** Where a file and options both have a say, the nearest that is written decides. */
  #inOptions(path: ConfigPath): boolean {
    if (this.tree.file === undefined) return true;
    const nearest = this.tree.originsAlong(path).findLast((origin) => origin !== undefined);
    return nearest?.optionName !== undefined;
  }

  #optionPath(path: ConfigPath): ConfigPath {
    const origins = this.tree.originsAlong(path);
    return path.map((step, i) => {
      if (typeof step === 'number') return step;
      return origins[i]?.optionName ?? optionName(step, schemaAt(path.slice(0, i + 1)));
    });
  }
}

function placeOf({ line, column, path }: ConfigProblem): string {
  return `${line}:${column}:${path}`;
}
