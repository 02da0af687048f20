import { PromAgentError } from '../../errors.js';

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration; `data.problems` of CONFIG_INVALID lists them. */
export interface ConfigProblem {
  /** Undefined, as line and column, for inline options. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** As its author wrote it: `scrape_configs[0].scrape_interval`, `scrapeConfigs[0].scrapeIntervalMs`. */
  readonly path: string;
  /** What was found and what is expected. */
  readonly message: string;
}

const mostProblemsInMessage = 100;

/** One error for all problems: a line `file:line:column: path: message` for each, file by file. */
export function configInvalid(problems: readonly ConfigProblem[]): PromAgentError {
  const files = [...new Set([undefined, ...problems.map(({ file }) => file)])];
  const sorted = problems.toSorted(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
  const lines = sorted.slice(0, mostProblemsInMessage).map(problemLine);
  const more = sorted.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const message =
    sorted.length === 1
      ? lines.join('')
      : [`${sorted.length} problems in ${placesOf(sorted)}:`, ...lines].join('\n');
  return new PromAgentError('CONFIG_INVALID', message, { data: { problems: sorted } });
}

function problemLine({ file, line, column, path, message }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return [place, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}

function placesOf(problems: readonly ConfigProblem[]): string {
  return [...new Set(problems.map(({ file }) => file ?? 'the options'))].join(' and ');
}
