// Processor time and memory of a process and everything it started, from Linux' /proc.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * User and system seconds of the process, its threads and its descendants, those that ended
 * included (/proc/PID/stat, fields 14 to 17: proc(5)).
 */
export function cpuSeconds(pid) {
  const total = { user: 0, system: 0 };
  for (const id of processTree(pid)) {
    const [utime, stime, cutime, cstime] = statFields(id).slice(11, 15).map(Number);
    total.user += (utime + cutime) / ticksPerSecond;
    total.system += (stime + cstime) / ticksPerSecond;
  }
  return total;
}

/** Starts the peak of {@link peakRssBytes} anew (proc(5): clear_refs). */
export function resetPeakRss(pid) {
  for (const id of processTree(pid)) writeFileSync(`/proc/${id}/clear_refs`, '5');
}

/** The most resident memory since {@link resetPeakRss}, summed over the processes. */
export function peakRssBytes(pid) {
  let bytes = 0;
  for (const id of processTree(pid)) {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    bytes += Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

export function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function processTree(root) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent !== undefined)
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [root];
  for (const id of tree) tree.push(...(children.get(id) ?? []));
  return tree;
}

function parentOf(pid) {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}

/** Fields of /proc/PID/stat from the third on; the second is a name that may hold blanks. */
function statFields(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
