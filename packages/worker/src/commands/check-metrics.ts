import {
  type LintProblem,
  type LintReport,
  lintMetrics,
  PromAgentError,
} from '@prom-agent/core/exposition';
import { cardinalityTable } from './cardinality-table.js';
import { readStdin } from './read-stdin.js';
import { writeLines } from './write-lines.js';

/** As promtool's: there are findings, and nothing worse. */
const findingsExitCode = 3;

/**
 * `prom-agent check metrics`: lints the body on the standard input. Findings go to stderr and the
 * table of `isExtended` to stdout, where promtool puts them. Resolves with the exit code.
 */
export async function checkMetrics(isExtended: boolean): Promise<number> {
  const body = await readStdin();
  let report: LintReport;
  try {
    report = lintMetrics(body);
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    process.stderr.write(`error while linting: ${error.message}\n`);
    return 1;
  }
  const { problems, cardinality } = report;
  await writeLines(problemLines(problems), process.stderr);
  if (isExtended) await writeLines(cardinalityTable(cardinality), process.stdout);
  return problems.length === 0 ? 0 : findingsExitCode;
}

function* problemLines(problems: readonly LintProblem[]): Generator<string> {
  for (const { metric, text } of problems) yield `${metric} ${text}`;
}
