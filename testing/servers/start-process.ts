import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { onPath } from './on-path.js';

export interface ProcessOptions {
  /** A program on PATH or a path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asked every 50 ms until it says true; a rejection is a "not yet". */
  readonly ready: () => Promise<boolean>;
  /** Default 20 s. */
  readonly readyTimeoutMs?: number;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<ProcessEnd>;
  /** What it wrote last on stdout and stderr, at most 64 KiB. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after 10 s SIGKILL, to the whole process group. Idempotent. */
  stop(): Promise<ProcessEnd>;
}

const pollMs = 50;
const killAfterMs = 10_000;
const keptOutputChars = 65_536;

/** Starts a process in its own group and waits until it is ready; one that is not is stopped again. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  if (!options.command.includes('/') && onPath(options.command) === undefined) {
    throw new Error(`${options.command} is not on PATH: testing/servers/install.sh installs it`);
  }
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const running = superviseProcess(child, options.command);
  try {
    await waitUntilReady(options, running);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

function superviseProcess(child: ChildProcess, command: string): RunningProcess {
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-keptOutputChars);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  let isRunning = true;
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => {
      keep(`${command}: ${error.message}`);
      resolve({ code: null, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).then((end) => {
    isRunning = false;
    return end;
  });
  const pid = child.pid ?? 0;
  const guard = pid === 0 ? undefined : killWithThisProcess(pid);
  return {
    pid,
    ended,
    output: () => output,
    signal: (signal) => signalGroup(pid, signal),
    async stop() {
      if (isRunning) {
        signalGroup(pid, 'SIGTERM');
        await Promise.race([ended, delay(killAfterMs, undefined, { ref: false })]);
      }
      // Also what the process left behind of its group.
      signalGroup(pid, 'SIGKILL');
      guard?.kill('SIGKILL');
      return await ended;
    },
  };
}

/**
 * A shell that waits for its stdin to end and then kills the group: the pipe closes however this
 * process dies, so a crashed or killed test run leaves no server behind.
 */
function killWithThisProcess(group: number): ChildProcess {
  const guard = spawn('sh', ['-c', 'cat >/dev/null; kill -s KILL -- "-$0"', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.stdin?.on('error', () => {});
  guard.unref();
  return guard;
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group === 0) return;
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitUntilReady(options: ProcessOptions, running: RunningProcess): Promise<void> {
  const timeoutMs = options.readyTimeoutMs ?? 20_000;
  const deadline = performance.now() + timeoutMs;
  let end: ProcessEnd | undefined;
  void running.ended.then((value) => {
    end = value;
  });
  while (!(await options.ready().catch(() => false))) {
    if (end !== undefined) {
      throw new Error(`${describeEnd(options, end)} before it was ready:\n${running.output()}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`${options.command} not ready in ${timeoutMs} ms:\n${running.output()}`);
    }
    await delay(pollMs);
  }
}

function describeEnd(options: ProcessOptions, { code, signal }: ProcessEnd): string {
  return `${options.command} ended with ${signal ?? `exit code ${code}`}`;
}

/** A probe for `ready`: the URL answers with a 2xx status. */
export function answers(url: string): () => Promise<boolean> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  };
}
