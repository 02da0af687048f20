import type { TargetGroup } from './discovery.js';

/** A group of plain addresses with common labels; a label with an empty value is no label. */
export function targetGroup(
  source: string,
  addresses: readonly string[],
  labels: Iterable<readonly [name: string, value: string]>,
): TargetGroup {
  return {
    source,
    targets: addresses.map((address) => new Map(withoutEmpty([['__address__', address]]))),
    labels: new Map(withoutEmpty(labels)),
  };
}

function* withoutEmpty(
  labels: Iterable<readonly [name: string, value: string]>,
): Iterable<readonly [name: string, value: string]> {
  for (const label of labels) {
    if (label[1] !== '') yield label;
  }
}
