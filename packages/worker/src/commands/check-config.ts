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
  const reports: ConfigReport[] = [];
  for (const file of files) {
    const report = await checkConfigFile(file, {
      syntaxOnly: flags.syntaxOnly,
      agentMode: flags.agent,
      lints: flags.lint,
    });
    reports.push(report);
    if (!flags.json) await print(report);
  }
  if (flags.json) await writeLines([JSON.stringify(reports.map(asJson), null, 2)], process.stdout);
  if (reports.some(({ problems }) => problems.length > 0)) return failedExitCode;
  const hasFindings = reports.some(({ findings }) => findings.length > 0);
  return hasFindings && flags.lintFatal ? findingsExitCode : 0;
}

/** Where promtool puts them: what failed on stderr, the rest on stdout. */
async function print({ file, problems, warnings, findings }: ConfigReport): Promise<void> {
  const out = [`Checking ${file}`, ...warnings.map((warning) => `  WARNING: ${warning}`)];
  if (problems.length === 0) out.push(` SUCCESS: ${file} is valid prometheus config file syntax`);
  await writeLines([...out, ''], process.stdout);
  const failed = problems.slice(0, mostProblems).map(problemLine);
  if (problems.length > mostProblems) failed.push(`and ${problems.length - mostProblems} more`);
  const lines = [...failed, ...findings.map(({ message }) => message)];
  await writeLines(
    lines.map((line) => `  FAILED: ${line}`),
    process.stderr,
  );
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
