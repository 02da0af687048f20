import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { environmentWithoutNpm, repositoryRoot } from '../run.mjs';

const keptLines = 20;

/** The processes of the fleet: started one by one, stopped together, none left behind. */
export class Processes {
  #running = new Map();
  #guard;
  #isStopping = false;
  #reportEnd;

  /** Resolves with the reason when a process ends that nobody stopped. */
  unexpectedEnd = new Promise((resolve) => {
    this.#reportEnd = resolve;
  });

  /** `scratch` is their folder, which goes with them. */
  constructor(scratch) {
    this.#guard = startGuard(scratch);
  }

  /** `print` gets each line the process writes; without it the last ones are kept for its obituary. */
  start({ name, command, args, cwd = repositoryRoot, env, print }) {
    if (this.#isStopping) throw new Error(`${name} not started: stopping`);
    const child = spawn(command, args, {
      cwd,
      // Without npm's variables: to a service they would say that it is the workspace's root package.
      env: { ...environmentWithoutNpm(process.env), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group: Ctrl-C reaches us alone, and we stop the fleet in order.
      detached: process.platform !== 'win32',
    });
    const lastLines = [];
    const onLine = (line) => {
      print?.(line);
      if (lastLines.push(line) > keptLines) lastLines.shift();
    };
    createInterface({ input: child.stdout }).on('line', onLine);
    createInterface({ input: child.stderr }).on('line', onLine);
    const ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('close', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    });
    if (child.pid !== undefined) this.#guard?.stdin.write(`${child.pid}\n`);
    this.#running.set(name, { child, ended });
    void ended.then((how) => {
      this.#running.delete(name);
      if (this.#isStopping) return;
      const words = print ? [] : lastLines.map((line) => `  ${line}`);
      this.#reportEnd([`${name} ${how}`, ...words].join('\n'));
    });
  }

  /** SIGTERM, and SIGKILL for what is still there at the deadline. Resolves when all have ended. */
  async stop(names, deadlineMs) {
    this.#isStopping = true;
    const chosen = [...this.#running].filter(([name]) => names(name)).map(([, entry]) => entry);
    for (const { child } of chosen) child.kill('SIGTERM');
    const kill = setTimeout(() => {
      for (const { child } of chosen) child.kill('SIGKILL');
    }, deadlineMs);
    await Promise.all(chosen.map(({ ended }) => ended));
    clearTimeout(kill);
  }

  get isStopping() {
    return this.#isStopping;
  }

  killAll() {
    this.#isStopping = true;
    for (const { child } of this.#running.values()) child.kill('SIGKILL');
  }

  /** After the last `stop`: nothing is left to guard. */
  dispose() {
    this.#guard?.kill('SIGKILL');
  }
}

/**
 * A shell that reads process ids, and kills them and removes their folder when its stdin ends: the
 * pipe closes however this process dies, so even after a `kill -9` of it nothing is left behind.
 */
function startGuard(scratch) {
  if (process.platform === 'win32') return undefined;
  const script =
    'while read -r pid; do pids="$pids $pid"; done; kill -s KILL $pids; rm -rf -- "$0"';
  const guard = spawn('sh', ['-c', script, scratch], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return guard;
}
