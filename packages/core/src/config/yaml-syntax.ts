import {
  Composer,
  CST,
  type Document,
  isScalar,
  LineCounter,
  type ParsedNode,
  Parser,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { ConfigProblem, Position } from './problems/config-problem.js';

const deepestNesting = 100;
/** Of syntax: one that is repaired tends to take the ones below with it. */
const mostProblems = 10;

/** What YAML itself has to say of a text; `contents` is null for an empty one. */
export interface YamlSyntax {
  readonly contents: ParsedNode | null;
  /** Of a second document; only the first is read, as by go-yaml. */
  readonly second: Position | undefined;
  readonly problems: readonly ConfigProblem[];
  positionAt(offset: number): Position;
}

/** Reads text as one YAML document whose scalars stay text, so that `1.50` is not `1.5`. */
export function readYamlSyntax(written: string, file: string): YamlSyntax {
  // A line end in YAML (5.4), which the library does not know alone.
  const text = written.replace(/\r(?!\n)/g, '\n');
  const counter = new LineCounter();
  const problems: ConfigProblem[] = [];
  const positionAt = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const report = (offset: number, message: string): void => {
    const position = positionAt(offset);
    // What follows a syntax error in its line is most often the same error again.
    if (problems.length === mostProblems || problems.at(-1)?.line === position.line) return;
    problems.push({ file, ...position, path: '', message });
  };

  const tokens = [...new Parser(counter.addNewLine).parse(text)];
  const control = text.search(controlCharacter);
  if (control >= 0) {
    const code = text.codePointAt(control)?.toString(16).padStart(4, '0');
    report(control, `a control character (U+${code}), which YAML does not allow: remove it`);
  } else if (nestingDepth(tokens) > deepestNesting) {
    report(0, `nested more than ${deepestNesting} levels deep, which no configuration needs`);
  }
  if (problems.length > 0) return { contents: null, second: undefined, problems, positionAt };

  const composer = new Composer(composeOptions);
  const [document, ...later] = composer.compose(tokens, false, text.length);
  for (const error of document?.errors ?? []) report(...explain(error, document!));
  const second = later.find(({ contents }) => !isEmpty(contents));
  return {
    contents: (document?.contents ?? null) as ParsedNode | null,
    second: second && positionAt(startOf(second)),
    problems,
    positionAt,
  };
}

// Duplicate keys are found by read-yaml.ts, which knows their path and where the first one is.
const composeOptions = {
  schema: 'failsafe',
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

// go-yaml's reader, which Prometheus uses, refuses these.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const controlCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const indentation =
  'this does not line up with what is above it: indent with the same number of spaces as its neighbours';

/** In place of yaml's own words where those speak of grammar. */
const hints: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab used for indentation: YAML allows spaces only',
  BAD_INDENT: indentation,
  UNEXPECTED_TOKEN: indentation,
  BAD_DQ_ESCAPE:
    'an unknown escape in double quotes: put the value in single quotes, where \\ is just itself',
  BAD_SCALAR_START: 'a value that starts with @, ` or % must be in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "name:" in one value: check the indentation, or put the value in quotes if it holds ": "',
  BLOCK_IN_FLOW:
    'a line that begins with "- " or "? " inside of [ ] or { }: is this the text of a template?',
  MULTILINE_IMPLICIT_KEY:
    'a name over several lines: a colon is missing, or the indentation is wrong',
};

/** Where an error is best shown, and its words. */
function explain(
  error: YAMLParseError,
  document: Document.Parsed,
): [offset: number, words: string] {
  const { code, message, pos } = error;
  if (message.startsWith('Flow '))
    return [pos[0], 'a [ or { above is not closed, or less indented'];
  if (message.startsWith('Sequence item without')) return [pos[0], indentation];
  if (/ flow (?:sequence|map)/.test(message)) return [pos[0], message];
  if (!/quote$/.test(message)) return [pos[0], hints[code] ?? message];
  // The error stands where the text ends; what helps is where the quote began.
  let start = pos[0];
  visit(document, {
    Scalar(_, { type, range }) {
      if (type?.startsWith('QUOTE') && range !== undefined && range![1] >= pos[0])
        start = range![0];
    },
  });
  return [start, 'a quote that is not closed'];
}

// yaml 2.9 composes recursively: brackets nested 20,000 deep abort the process inside a regular
// expression, with no exception to catch. So the depth is measured on the token tree before.
function nestingDepth(tokens: readonly CST.Token[]): number {
  let deepest = 0;
  const open: [token: CST.Token | null | undefined, depth: number][] = tokens.map((t) => [t, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    deepest = Math.max(deepest, depth);
    if (token?.type === 'document') open.push([token.value, depth]);
    if (!CST.isCollection(token)) continue;
    for (const { key, value } of token.items) open.push([key, depth + 1], [value, depth + 1]);
  }
  return deepest;
}

function isEmpty(contents: ParsedNode | null): boolean {
  return contents === null || (isScalar(contents) && contents.source === '');
}

function startOf(document: Document.Parsed): number {
  return document.contents?.range[0] ?? document.range[0];
}
