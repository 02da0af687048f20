import type { Clock } from '../../clock.js';
import type { ListedGroup } from '../group-reader.js';
import type { ObjectList } from '../json-list.js';
import { type ReadGroups, readJsonTargetGroupsInSlices } from '../read-target-groups.js';

/**
 * Reads a file of target groups in slices of the event loop; YAML, which people write by hand, in one.
 * Throws an Error whose message says where the file is wrong.
 *
 * @param last the list of groups that the file was before
 */
export async function readTargetGroupFile(
  path: string,
  bytes: Uint8Array,
  clock: Clock,
  last: ObjectList<ListedGroup> | undefined,
): Promise<ReadGroups> {
  if (!path.toLowerCase().endsWith('.json')) {
    // The parser of YAML is 3 MiB of a process that reads none.
    const { parseTargetGroupFile } = await import('./parse-target-group-file.js');
    return { groups: parseTargetGroupFile(path, bytes), list: undefined };
  }
  const origin = { source: path, label: ['__meta_filepath', path] } as const;
  return readJsonTargetGroupsInSlices(bytes, origin, clock, last);
}
