// Servers that are compared, each a process of its own on the first core; their load is on the others.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

// A young generation grows with what an app loads at its start, and costs the less the larger it is: a
// bare server would pay for twice as many collections as one with an agent in it.
const serverFlags = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const otherCores = `1-${availableParallelism() - 1}`;

export async function start(file, args, cores, execArgv = []) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args.map(String), { stdio: 'inherit', execArgv });
  execFileSync('taskset', ['-acp', cores, String(child.pid)], { stdio: 'ignore' });
  const [message] = await once(child, 'message');
  return { child, message };
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** Sends requests; stays for all rounds. */
export function startLoad() {
  return start('./load.mjs', [], otherCores);
}

/** `sent` and `asked`: requests it got, and how often it was asked what it has counted. */
export async function startServer(kind, port) {
  const { child } = await start('./server.mjs', [kind, port], '0', serverFlags);
  return { kind, port, child, sent: 0, asked: 0 };
}

async function ask({ child }, question) {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer;
}

/** Microseconds of processor time for so many requests, the engine's threads included. */
export async function turn(load, server, count, connections) {
  const before = await ask(server, 'cpu');
  await ask(load, { port: server.port, count, connections });
  const after = await ask(server, 'cpu');
  server.sent += count;
  return after.cpuUs - before.cpuUs;
}
