import { type ConfigLint, type ConfigReport, checkConfigFile } from '@prom-agent/core/config-check';
import { writeLines } from './write-lines.js';

export interface CheckConfigFlags {
  readonly lint: readonly ConfigLint[];
  readonly lintFatal: boolean;
  readonly agent: boolean;
  readonly syntaxOnly: boolean;
  readonly json: boolean;
}

const failedExitCode = 1;
/** As promtool's: there are findings, and nothing worse. */
const findingsExitCode = 3;

const mostProblems = 100;

/** `prom-agent check config`: promtool's checks, with its words. Resolves with the exit code. */
export async function checkConfig(
  files: readonly string[],
  flags: CheckConfigFlags,
): Promise<number> {
  const { syntaxOnly, agent: agentMode, lint: lints } = flags;
  const reports: ConfigReport[] = [];
  for (const file of files)
    reports.push(await checkConfigFile(file, { syntaxOnly, agentMode, lints }));
  if (flags.json) await writeLines([JSON.stringify(reports.map(asJson), null, 2)], process.stdout);
  else {
    // Where promtool puts them: what failed on stderr, the rest on stdout.
    await writeLines(reports.flatMap(shownLines), process.stdout);
    await writeLines(reports.flatMap(failedLines), process.stderr);
  }
  if (reports.some(({ problems }) => problems.length > 0)) return failedExitCode;
  const hasFindings = reports.some(({ findings }) => findings.length > 0);
  return hasFindings && flags.lintFatal ? findingsExitCode : 0;
}

function shownLines({ file, problems, warnings }: ConfigReport): string[] {
  const lines = [`Checking ${file}`, ...warnings.map((warning) => `  WARNING: ${warning}`)];
  if (problems.length === 0) lines.push(` SUCCESS: ${file} is valid prometheus config file syntax`);
  return [...lines, ''];
}

function failedLines({ problems, findings }: ConfigReport): string[] {
  const lines = problems.slice(0, mostProblems).map(problemLine);
  if (problems.length > mostProblems) lines.push(`and ${problems.length - mostProblems} more`);
  return [...lines, ...findings.map(({ message }) => message)].map((line) => `  FAILED: ${line}`);
}

function problemLine({
  file,
  line,
  column,
  path,
  message,
}: ConfigReport['problems'][number]): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return [place, path, message].filter(Boolean).join(': ');
}

function asJson({ file, problems, warnings, findings }: ConfigReport): object {
  return { file, ok: problems.length === 0, problems, warnings, findings };
}
