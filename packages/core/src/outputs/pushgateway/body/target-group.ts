import { isPlainLabelName } from '../../../exposition/render/text-format.js';
import type { PushGroup } from '../client/push-group.js';
import type { PushgatewayWriteOptions } from '../pushgateway-options.js';

/** Where neither the target nor the configuration has one: a gateway takes no group without. */
const defaultJob = 'prom-agent';

/**
 * The group of a target: all its labels, so that no two targets share one, and those that are
 * configured. Labels with UTF-8 names stay in the body, for most gateways have no such groups.
 */
export function groupOf(
  targetLabels: ReadonlyMap<string, string>,
  { job, grouping }: Pick<PushgatewayWriteOptions, 'job' | 'grouping'>,
): PushGroup {
  const own = [...targetLabels].filter(
    ([name]) => name !== 'job' && !name.startsWith('__') && isPlainLabelName(name),
  );
  return {
    job: targetLabels.get('job') || job || defaultJob,
    grouping: { ...grouping, ...Object.fromEntries(own) },
  };
}

/** Decides which labels of a series its body needs, where the gateway adds those of the group. */
export class GroupLabels {
  readonly #labels: ReadonlyMap<string, string>;

  constructor({ job, grouping }: PushGroup) {
    this.#labels = new Map([...Object.entries(grouping), ['job', job]]);
  }

  /**
   * Labels as they go out. One that the group has with another value, as honor_labels makes them, would
   * be overwritten: it becomes `exported_…`, as in a scrape without honor_labels.
   */
  rest(labels: readonly (readonly [name: string, value: string])[]): [string, string][] {
    const rest: [string, string][] = [];
    for (const [name, value] of labels) {
      const ofGroup = this.#labels.get(name);
      // A gateway refuses names that begin with two underscores, and a scrape drops such labels.
      if (ofGroup === value || name.startsWith('__')) continue;
      rest.push([ofGroup === undefined ? name : this.#exported(name, labels), value]);
    }
    return rest;
  }

  #exported(name: string, labels: readonly (readonly [name: string, value: string])[]): string {
    let free = `exported_${name}`;
    while (this.#labels.has(free) || labels.some(([taken]) => taken === free)) {
      free = `exported_${free}`;
    }
    return free;
  }
}
