import type { Clock } from '../clock.js';
import { TimeSlice } from '../self/time-slice.js';
import type { TargetGroup } from './discovery.js';
import {
  type GroupNotation,
  GroupReader,
  type GroupsOrigin,
  type ListedGroup,
} from './group-reader.js';
import { type ObjectList, type ObjectTaker, readObjectList } from './json-list.js';
import { reuseGroup } from './same-groups.js';

/** How long the event loop is held at a time; a run of the garbage collector may come on top. */
const sliceMs = 1;

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
  const reader = new GroupReader(origin, notation);
  return root.map((group, index) => reader.read(group, index));
}

/** The same for groups in JSON, as a file or an HTTP discovery holds them. */
export function readJsonTargetGroups(bytes: Uint8Array, origin: GroupsOrigin): TargetGroup[] {
  // Like Go's, this decoder puts U+FFFD where bytes are no UTF-8; a byte order mark stays, and is refused.
  return readTargetGroups(JSON.parse(Buffer.from(bytes).toString('utf8')), origin, json);
}

/** Groups and what helps to read the list they come from again. */
export interface ReadGroups {
  readonly groups: readonly TargetGroup[];
  readonly list: ObjectList<ListedGroup> | undefined;
}

/**
 * The same in slices of the event loop, for lists that may be long.
 *
 * @param last read before from the same origin: a group that is written as it was then, or says the same, is that group
 */
export async function readJsonTargetGroupsInSlices(
  bytes: Uint8Array,
  origin: GroupsOrigin,
  clock: Clock,
  last?: ObjectList<ListedGroup>,
): Promise<ReadGroups> {
  const reader = new GroupReader(origin, json);
  const reuse = (group: ListedGroup, index: number) => reuseGroup(last?.values[index], group);
  const taker: ObjectTaker<ListedGroup> = {
    take: (object, index) => reuse(reader.read(object, index), index),
    takeBytes: (of, start, index) => {
      const plain = reader.readPlain(of, start, index);
      return plain && { value: reuse(plain.value, index), end: plain.end };
    },
  };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slice = new TimeSlice(clock, sliceMs);
  const list = await readObjectList(buffer, taker, slice, last);
  // Not before all of it is read: of a bad list nothing is taken, and groups stay as they were.
  list?.values.forEach((group, index) => {
    group.moveTo(index);
  });
  // What is done with them begins with a slice of its own.
  if (slice.spent) await slice.pause();
  return { groups: list?.values ?? readJsonTargetGroups(bytes, origin), list };
}

const json: GroupNotation = {
  textOf: (value) => (value === null ? '' : typeof value === 'string' ? value : undefined),
  isMap: (value): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  // Go's JSON decoder does not mind the case of field names.
  fieldName: (name) => name.toLowerCase(),
};
