import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Clock, ClockTimer } from '@prom-agent/core/push-client';

export interface ScriptOptions {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Then the process group gets SIGTERM, and SIGKILL a moment later. */
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly clock: Clock;
  /** Ends the run as the timeout does. */
  readonly signal: AbortSignal;
}

/** What came of one run. */
export interface ScriptRun {
  /** Why it failed beside its exit code, in words; undefined where the code says it all. */
  readonly failure: string | undefined;
  /** As a shell has it: 128 and the signal for what a signal ended, 126 and 127 for no such program. */
  readonly exitCode: number;
  readonly durationSeconds: number;
  /** Up to `maxOutputBytes`. */
  readonly output: Buffer;
  readonly isCut: boolean;
}

/** Between SIGTERM and SIGKILL. */
const mostTermMs = 1_000;
/** A descendant that left the group may keep the pipe open for ever. */
const drainMs = 500;

/**
 * Runs a command once, as the leader of a process group of its own. What of the group is left when
 * the command ends is killed, so that nothing piles up from run to run.
 */
export function runScript(options: ScriptOptions): Promise<ScriptRun> {
  return new Promise((resolve) => {
    new RunningScript(options, resolve).start();
  });
}

class RunningScript {
  readonly #options: ScriptOptions;
  readonly #resolve: (run: ScriptRun) => void;
  readonly #startMs: number;
  readonly #onAbort = (): void => this.#end('it was stopped');
  readonly #timers: ClockTimer[] = [];
  readonly #pieces: Buffer[] = [];
  #child: ChildProcessByStdio<null, Readable, null> | undefined;
  #outputBytes = 0;
  #isCut = false;
  #failure: string | undefined;
  #exitCode = 0;
  #durationSeconds = 0;
  #hasExited = false;

  constructor(options: ScriptOptions, resolve: (run: ScriptRun) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#startMs = options.clock.monotonicMs();
  }

  start(): void {
    const { command, timeoutMs, signal } = this.#options;
    const [program, ...args] = command;
    try {
      this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    } catch (error) {
      this.#cannotStart(error as NodeJS.ErrnoException);
      return;
    }
    const child = this.#child;
    child.on('error', (error: NodeJS.ErrnoException) => this.#cannotStart(error));
    child.on('exit', (code, name) => this.#exited(code, name));
    child.on('close', () => this.#done());
    child.stdout.on('data', (piece: Buffer) => this.#take(piece));
    child.stdout.on('error', () => {});
    if (child.pid === undefined) return;
    this.#later(timeoutMs, () => this.#end(`it took longer than ${timeoutMs} ms`));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort);
  }

  #take(piece: Buffer): void {
    const room = this.#options.maxOutputBytes - this.#outputBytes;
    if (room > 0) this.#pieces.push(piece.subarray(0, room));
    this.#outputBytes += Math.min(room, piece.length);
    if (piece.length <= room || this.#isCut) return;
    this.#isCut = true;
    this.#failure ??= `it printed more than ${this.#options.maxOutputBytes} bytes`;
    this.#kill('SIGKILL');
  }

  #end(why: string): void {
    if (this.#hasExited) return;
    this.#failure ??= why;
    this.#kill('SIGTERM');
    this.#later(Math.min(mostTermMs, this.#options.timeoutMs), () => this.#kill('SIGKILL'));
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#hasExited = true;
    this.#exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    this.#durationSeconds = this.#secondsSoFar();
    this.#kill('SIGKILL');
    this.#later(drainMs, () => this.#child?.stdout.destroy());
  }

  #cannotStart(error: NodeJS.ErrnoException): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    this.#failure = `it cannot be started: ${error.message}`;
    this.#exitCode = error.code === 'ENOENT' ? 127 : 126;
    this.#durationSeconds = this.#secondsSoFar();
    // Without a process there is nothing to close.
    if (this.#child?.pid === undefined) this.#done();
  }

  #done(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve({
      failure: this.#failure,
      exitCode: this.#exitCode,
      durationSeconds: this.#durationSeconds,
      output: Buffer.concat(this.#pieces),
      isCut: this.#isCut,
    });
  }

  /** Of the whole group; one that is empty already is fine. */
  #kill(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // ESRCH: nobody is left. EPERM: what is left became another user's.
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#timers.push(this.#options.clock.setTimer(delayMs, run));
  }

  #secondsSoFar(): number {
    return (this.#options.clock.monotonicMs() - this.#startMs) / 1000;
  }
}
