import { PromAgentError } from '../errors.js';
import { parseConfig } from './load-config.js';
import { type ConfigProblem, configInvalid } from './problems/config-problem.js';

const indent = 2;
const linesAround = 2;

/** What stands in a file. */
export interface ConfigText {
  readonly text: string;
  readonly file: string;
}

/** A block of the configuration whose first fields are given, and whose others are in a file. */
export function parseBlock(
  section: 'kafka_write' | 'remote_write',
  [first, second]: readonly string[],
  config: ConfigText = { text: '', file: '' },
) {
  const text = config.text.replace(/^\ufeff?(?:---[ \t]*\r?\n)?/, '');
  const linesBefore = config.text.slice(0, config.text.length - text.length).split('\n').length - 1;
  const around = `${section}:\n- ${first}\n  ${second}\n`;
  try {
    return parseConfig(around + text.replace(/^(?=.)/gm, ' '.repeat(indent)), config.file);
  } catch (error) {
    if (!PromAgentError.is(error) || !Array.isArray(error.data['problems'])) throw error;
    const problems: ConfigProblem[] = error.data['problems'];
    throw configInvalid(
      problems.map((problem) => moved(problem, section, linesBefore - linesAround - 1)),
    );
  }
}

function moved(problem: ConfigProblem, section: string, lines: number): ConfigProblem {
  const { line, column } = problem;
  return {
    ...problem,
    line: line === undefined ? undefined : Math.max(1, line + lines),
    column: column === undefined ? undefined : Math.max(1, column - indent),
    path: problem.path.replace(`${section}[0].`, ''),
  };
}
