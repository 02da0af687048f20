import { parseConfig } from '../config/load-config.js';
import type { ConfigProblem } from '../config/problems/config-problem.js';
import { configInvalid } from '../config/problems/config-problem.js';
import { PromAgentError } from '../errors.js';
import type { RelabelRule } from '../relabel/rule.js';

/** Where in a configuration a list of rules stands; what is below it is indented. */
const around = 'scrape_configs:\n- job_name: j\n  relabel_configs:\n';
const linesAround = 3;
const indent = 4;
const pathAround = /^scrape_configs\[0\]\.relabel_configs/;

/**
 * A YAML list of rules, as under `relabel_configs`. Throws CONFIG_INVALID with every problem, each at
 * its place in the text.
 */
export function parseRelabelRules(text: string, file: string): readonly RelabelRule[] {
  const list = text.replace(/^\ufeff?(?:---[ \t]*\r?\n)?/, '');
  const linesBefore = text.slice(0, text.length - list.length).split('\n').length - 1;
  if (/^(?:\s|#.*)*$/.test(list)) return [];
  try {
    const config = parseConfig(around + list.replace(/^/gm, ' '.repeat(indent)), file);
    return config.scrapeConfigs[0]?.relabelRules ?? [];
  } catch (error) {
    if (!PromAgentError.is(error) || !Array.isArray(error.data['problems'])) throw error;
    const problems: ConfigProblem[] = error.data['problems'];
    throw configInvalid(problems.map((problem) => moved(problem, linesBefore - linesAround)));
  }
}

function moved(problem: ConfigProblem, lines: number): ConfigProblem {
  const { line, column } = problem;
  return {
    ...problem,
    line: line === undefined ? undefined : Math.max(1, line + lines),
    column: column === undefined ? undefined : Math.max(1, column - indent),
    path: problem.path.replace(pathAround, ''),
  };
}
