import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';

/**
 * When the process started, in ticks since boot (field 22 of /proc/PID/stat): an id may be used
 * again, with its start time it is one process. Empty where there is no /proc or no such process.
 */
export function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    // No /proc, it just died, or it is another user's and hidden.
    return '';
  }
}

/** Whether some process has this id now. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Where a process id means what it means here: this boot and this namespace of ids. Two containers
 * that share a volume both are process 1. Without /proc: the host's name.
 */
export function processSpace(): string {
  let space: string;
  try {
    space =
      readFileSync('/proc/sys/kernel/random/boot_id', 'latin1') + readlinkSync('/proc/self/ns/pid');
  } catch {
    space = hostname();
  }
  return crc32(space).toString(16).padStart(8, '0');
}
