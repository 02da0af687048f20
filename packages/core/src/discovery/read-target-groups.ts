import type { Clock } from '../clock.js';
import { TimeSlice } from '../self/time-slice.js';
import type { TargetGroup } from './discovery.js';
import { parseObjectList } from './json-list.js';
import { targetGroup } from './target-group.js';

/** How long the event loop is held at a time. */
const sliceMs = 3;

/** How scalars, mappings and field names are spelled where groups are written. */
export interface GroupNotation {
  /** Undefined when the value is no text in this notation. */
  textOf(value: unknown): string | undefined;
  isMap(value: unknown): value is Record<string, unknown>;
  fieldName(name: string): string;
}

/** Where groups come from. */
export interface GroupsOrigin {
  /** Each group's source is this, a colon and its number from 0. */
  readonly source: string;
  /** Put on every group, over a label of the same name. */
  readonly label: readonly [name: string, value: string];
}

/**
 * Reads a list of target groups, strictly: whatever is unknown or ill-typed refuses the whole list,
 * as in Prometheus (discovery/targetgroup). Throws an Error whose message says where.
 */
export function readTargetGroups(
  root: unknown,
  origin: GroupsOrigin,
  notation: GroupNotation,
): TargetGroup[] {
  if (root === null) return [];
  if (!Array.isArray(root)) throw new Error('expected a list of target groups');
  return root.map((group, index) => readGroup(group, index, origin, notation));
}

/** The same for groups in JSON, as a file or an HTTP discovery holds them. */
export function readJsonTargetGroups(bytes: Uint8Array, origin: GroupsOrigin): TargetGroup[] {
  // Like Go's, this decoder puts U+FFFD where bytes are no UTF-8; a byte order mark stays, and is refused.
  return readTargetGroups(JSON.parse(Buffer.from(bytes).toString('utf8')), origin, json);
}

/** The same in slices of the event loop, for lists that may be long. */
export async function readJsonTargetGroupsInSlices(
  bytes: Uint8Array,
  origin: GroupsOrigin,
  clock: Clock,
): Promise<TargetGroup[]> {
  const slice = new TimeSlice(clock, sliceMs);
  const list = await parseObjectList(Buffer.from(bytes).toString('utf8'), slice);
  if (list === undefined) return readJsonTargetGroups(bytes, origin);
  const groups: TargetGroup[] = [];
  for (const [index, value] of list.entries()) {
    groups.push(readGroup(value, index, origin, json));
    if (slice.spent) await slice.pause();
  }
  return groups;
}

function readGroup(
  value: unknown,
  index: number,
  { source, label }: GroupsOrigin,
  notation: GroupNotation,
): TargetGroup {
  const at = `group ${index + 1}`;
  if (!notation.isMap(value)) throw new Error(`${at}: expected a mapping with targets and labels`);
  let targets: string[] = [];
  let labels: [string, string][] = [];
  for (const [name, field] of Object.entries(value)) {
    const known = notation.fieldName(name);
    if (known === 'targets') targets = readTargets(field, at, notation);
    else if (known === 'labels') labels = readLabels(field, at, notation);
    else
      throw new Error(`${at}: unknown field ${JSON.stringify(name)}, expected targets or labels`);
  }
  return targetGroup(`${source}:${index}`, targets, [...labels, label]);
}

function readTargets(value: unknown, at: string, notation: GroupNotation): string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${at}, targets: expected a list of host:port`);
  return value.map((target, index) => {
    const text = notation.textOf(target);
    if (text === undefined) throw new Error(`${at}, targets, item ${index + 1}: expected a text`);
    return text;
  });
}

function readLabels(value: unknown, at: string, notation: GroupNotation): [string, string][] {
  if (value === null) return [];
  if (!notation.isMap(value))
    throw new Error(`${at}, labels: expected a mapping of names to values`);
  return Object.entries(value).map(([name, labelValue]) => {
    if (name === '') throw new Error(`${at}, labels: a label needs a name`);
    const text = notation.textOf(labelValue);
    if (text === undefined) throw new Error(`${at}, label ${name}: expected a text`);
    return [name, text];
  });
}

const json: GroupNotation = {
  textOf: (value) => (value === null ? '' : typeof value === 'string' ? value : undefined),
  isMap: (value): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  // Go's JSON decoder does not mind the case of field names.
  fieldName: (name) => name.toLowerCase(),
};
