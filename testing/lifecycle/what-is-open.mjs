import { readdirSync, readlinkSync } from 'node:fs';

/** What this process holds: libuv's resources, OS threads and sockets (Linux). */
export function whatIsOpen() {
  const resources = process.getActiveResourcesInfo().sort();
  const threads = readdirSync('/proc/self/task').length;
  const sockets = readdirSync('/proc/self/fd').filter((fd) => isSocket(fd)).length;
  return { resources, threads, sockets };
}

function isSocket(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}
