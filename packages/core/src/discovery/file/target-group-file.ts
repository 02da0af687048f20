import type { Clock } from '../../clock.js';
import type { ListedGroup } from '../group-reader.js';
import type { ObjectList } from '../json-list.js';
import { type ReadGroups, readJsonTargetGroupsInSlices } from '../read-target-groups.js';
import { canReadYamlAside, yamlAsJson } from './yaml-aside.js';

/** YAML up to this is read here: in two ms, and a thread of its own takes 40. */
const mostYamlBytesHere = 2_048;

/**
 * Reads a file of target groups in slices of the event loop, YAML that is long in a thread.
 * Throws an Error whose message says where the file is wrong.
 *
 * @param last the list of groups that the file was before
 * @param threads undefined where none may be started; the signal ends them
 */
export async function readTargetGroupFile(
  path: string,
  bytes: Uint8Array,
  clock: Clock,
  last: ObjectList<ListedGroup> | undefined,
  threads?: { readonly signal: AbortSignal },
): Promise<ReadGroups> {
  const origin = { source: path, label: ['__meta_filepath', path] } as const;
  if (path.toLowerCase().endsWith('.json')) {
    return readJsonTargetGroupsInSlices(bytes, origin, clock, last);
  }
  if (threads !== undefined && bytes.length > mostYamlBytesHere && canReadYamlAside()) {
    const json = await yamlAsJson(path, bytes, threads.signal);
    return readJsonTargetGroupsInSlices(json, origin, clock, last);
  }
  // The parser of YAML is 3 MiB of a process that reads none.
  const { parseTargetGroupFile } = await import('./parse-target-group-file.js');
  return { groups: parseTargetGroupFile(path, bytes), list: undefined };
}
