import type { Agent, RelabelRule, RelabelStep } from '@prom-agent/core';

/**
 * The data of `GET /api/v1/targets/relabel_steps`, as Prometheus from 3.8 on: what each rule of a job
 * makes of a set of labels. A string says what is wrong with the request.
 */
export function relabelStepsOf(
  agent: Agent,
  job: string | null,
  labelsText: string | null,
): object[] | string {
  if (!job) return 'no scrapePool parameter provided';
  if (!labelsText) return 'no labels parameter provided';
  const labels = readLabels(labelsText);
  if (labels === undefined) {
    return 'error parsing labels: expected a JSON object of strings, like {"__address__":"a:1"}';
  }
  const steps = agent.relabelSteps(job, labels);
  if (steps === undefined) {
    return `error retrieving scrape config: scrape pool ${JSON.stringify(job)} not found`;
  }
  return steps.map(describeStep);
}

function readLabels(text: string): Map<string, string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.some(([, one]) => typeof one !== 'string')) return undefined;
  return new Map(entries.filter(([, one]) => one !== ''));
}

function describeStep({ rule, output, keep }: RelabelStep): object {
  return { rule: describeRule(rule), output: Object.fromEntries(output), keep };
}

/** Fields that say nothing are left out (relabel.Config's JSON tags). */
function describeRule(rule: RelabelRule): object {
  const { sourceLabels, separator, regex, modulus, targetLabel, replacement, action } = rule;
  return {
    ...(sourceLabels.length > 0 && { sourceLabels }),
    ...(separator !== '' && { separator }),
    regex,
    ...(modulus !== 0 && { modulus }),
    ...(targetLabel !== '' && { targetLabel }),
    ...(replacement !== '' && { replacement }),
    action,
  };
}
