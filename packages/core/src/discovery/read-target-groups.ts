import type { Clock } from '../clock.js';
import type { Labels } from '../model/labels.js';
import { TimeSlice } from '../self/time-slice.js';
import type { TargetGroup } from './discovery.js';
import { type ObjectList, readObjectList } from './json-list.js';
import { labelsOfAddress } from './target-group.js';

/** How long the event loop is held at a time; a run of the garbage collector may come on top. */
const sliceMs = 2;

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

/** Groups and what helps to read the list they come from again. */
export interface ReadGroups {
  readonly groups: readonly TargetGroup[];
  readonly list: ObjectList<TargetGroup> | undefined;
}

/**
 * The same in slices of the event loop, for lists that may be long.
 *
 * @param last read before from the same origin: a group that is written as it was then is that group
 */
export async function readJsonTargetGroupsInSlices(
  bytes: Uint8Array,
  origin: GroupsOrigin,
  clock: Clock,
  last?: ObjectList<TargetGroup>,
): Promise<ReadGroups> {
  const taker = {
    take: (object: unknown, index: number) => readGroup(object, index, origin, json),
    takeAgain: (group: TargetGroup, index: number) => {
      const source = sourceOf(origin, index);
      return group.source === source ? group : { ...group, source };
    },
  };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const list = await readObjectList(buffer, taker, new TimeSlice(clock, sliceMs), last);
  return { groups: list?.values ?? readJsonTargetGroups(bytes, origin), list };
}

function sourceOf({ source }: GroupsOrigin, index: number): string {
  return `${source}:${index}`;
}

function readGroup(
  value: unknown,
  index: number,
  origin: GroupsOrigin,
  notation: GroupNotation,
): TargetGroup {
  const at = `group ${index + 1}`;
  if (!notation.isMap(value)) throw new Error(`${at}: expected a mapping with targets and labels`);
  let targets: Labels[] = [];
  let labels = new Map<string, string>();
  for (const name of Object.keys(value)) {
    const known = notation.fieldName(name);
    if (known === 'targets') targets = readTargets(value[name], at, notation);
    else if (known === 'labels') labels = readLabels(value[name], at, notation);
    else
      throw new Error(`${at}: unknown field ${JSON.stringify(name)}, expected targets or labels`);
  }
  labels.set(...origin.label);
  return { source: sourceOf(origin, index), targets, labels };
}

function readTargets(value: unknown, at: string, notation: GroupNotation): Labels[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${at}, targets: expected a list of host:port`);
  return value.map((target, index) => {
    const text = notation.textOf(target);
    if (text === undefined) throw new Error(`${at}, targets, item ${index + 1}: expected a text`);
    return labelsOfAddress(text);
  });
}

/** A label with an empty value is no label. */
function readLabels(value: unknown, at: string, notation: GroupNotation): Map<string, string> {
  const labels = new Map<string, string>();
  if (value === null) return labels;
  if (!notation.isMap(value))
    throw new Error(`${at}, labels: expected a mapping of names to values`);
  for (const name of Object.keys(value)) {
    if (name === '') throw new Error(`${at}, labels: a label needs a name`);
    const text = notation.textOf(value[name]);
    if (text === undefined) throw new Error(`${at}, label ${name}: expected a text`);
    if (text !== '') labels.set(name, text);
  }
  return labels;
}

const json: GroupNotation = {
  textOf: (value) => (value === null ? '' : typeof value === 'string' ? value : undefined),
  isMap: (value): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  // Go's JSON decoder does not mind the case of field names.
  fieldName: (name) => name.toLowerCase(),
};
