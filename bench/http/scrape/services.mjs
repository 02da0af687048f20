// The processes of this bench, and which cores are whose.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const otherCores = `1-${availableParallelism() - 1}`;

export async function start(file, args = [], execArgv = []) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args.map(String), {
    stdio: 'inherit',
    execArgv,
    serialization: 'advanced',
  });
  await once(child, 'message');
  return child;
}

export async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

/** A service's own thread has core 0, the others of its process and all else the rest. */
export function pinServer({ pid }) {
  for (const thread of threadsOf(pid)) {
    const cores = Number(thread) === pid ? '0' : otherCores;
    execFileSync('taskset', ['-cp', cores, thread], { stdio: 'ignore' });
  }
}

export function pinAway({ pid }) {
  execFileSync('taskset', ['-acp', otherCores, String(pid)], { stdio: 'ignore' });
}

/** As if the cores were theirs alone: services and client wait for nobody else. False: only root may ask for that. */
export function goFirst({ pid }, priority) {
  try {
    execFileSync('chrt', ['-a', '-f', '-p', String(priority), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Processor time so far: of the main thread, and of all others of its process. */
export function cpuMs({ pid }) {
  const found = { main: 0, others: 0 };
  for (const thread of threadsOf(pid)) {
    const [runNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    found[Number(thread) === pid ? 'main' : 'others'] += Number(runNs) / 1e6;
  }
  return found;
}

function threadsOf(pid) {
  return readdirSync(`/proc/${pid}/task`);
}
