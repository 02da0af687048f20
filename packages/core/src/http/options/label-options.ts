import type { Labels } from '../recorder/label-table.js';
import { invalid, type Section } from './check-metric-text.js';
import type { HttpOptions } from './http-options.js';

/** The labels of the app: those that are always the same, and the names of those that are asked for. */
export function ownLabels(labels: HttpOptions['labels'] = {}): {
  constantLabels: Labels;
  requestLabelNames: string[];
} {
  const constantLabels: Record<string, string> = {};
  const requestLabelNames: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value === 'function') requestLabelNames.push(name);
    else constantLabels[name] = String(value);
  }
  return { constantLabels, requestLabelNames };
}

/** What a status code is shown as. @throws PromAgentError CONFIG_INVALID */
export function statusTextOf(
  section: Section,
  statusCode: HttpOptions['statusCode'] = 'exact',
): (statusCode: number) => string {
  if (typeof statusCode === 'function') return (code) => String(statusCode(code));
  if (statusCode === 'grouped') return (code) => `${Math.floor(code / 100)}xx`;
  if (statusCode === 'exact') return String;
  throw invalid(`${section}.statusCode`, statusCode, 'exact, grouped or a function');
}
