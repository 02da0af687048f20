import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  type Labels,
  PromAgentError,
  parseRelabelRules,
  Relabeller,
} from '@prom-agent/core/target-check';
import { describeError } from '../logging.js';

/**
 * `prom-agent debug relabel`: relabels the label sets on the standard input, a JSON object a line.
 * Resolves with the exit code.
 */
export async function debugRelabel(rulesFile: string): Promise<number> {
  let relabeller: Relabeller;
  try {
    relabeller = new Relabeller(parseRelabelRules(await readFile(rulesFile, 'utf8'), rulesFile));
  } catch (error) {
    const isOurs = PromAgentError.is(error);
    process.stderr.write(isOurs ? `${error.message}\n` : `--rules: ${describeError(error)}\n`);
    return 1;
  }
  let lineNumber = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    lineNumber++;
    if (line.trim() === '') continue;
    const labels = readLabels(line);
    if (typeof labels === 'string') {
      process.stderr.write(`<stdin>:${lineNumber}: ${labels}\n`);
      return 1;
    }
    if (!(await write(`${describe(relabeller.apply(labels))}\n`))) return 0;
  }
  return 0;
}

/** False when nobody reads any more. */
function write(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => resolve(error === null || error === undefined));
  });
}

/** A string says what is wrong with the line. A label with an empty value is no label. */
function readLabels(line: string): Labels | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${describeError(error)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'expected an object of labels, like {"job":"a"}';
  }
  const labels = new Map<string, string>();
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') return `the label ${name} is no string`;
    if (text !== '') labels.set(name, text);
  }
  return labels;
}

function describe(labels: Labels | undefined): string {
  if (labels === undefined) return 'null';
  return JSON.stringify(Object.fromEntries([...labels].sort(([a], [b]) => (a < b ? -1 : 1))));
}
