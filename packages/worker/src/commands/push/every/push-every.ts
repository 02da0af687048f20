import { createHash } from 'node:crypto';
import {
  type Clock,
  createPushClient,
  groupPath,
  holdProcess,
  PromAgentError,
  type PushClient,
  type PushResult,
  systemClock,
} from '@prom-agent/core/push-client';
import { listenForStop } from '../../../shutdown.js';
import { UsageError } from '../../usage-error.js';
import {
  destinationOf,
  type PushDestination,
  type PushFlags,
  readHttpConfig,
} from '../push-flags.js';
import { refusalWords } from '../refusal-words.js';
import { wrongLineWords } from '../wrong-lines.js';
import { runOnGrid } from './grid.js';
import { LatestPush } from './latest-push.js';
import { Notices } from './notices.js';
import { runScript, type ScriptRun } from './run-script.js';
import { scriptBody } from './script-body.js';

/** A gateway keeps all of it in memory, and shows it at every scrape. */
const maxOutputBytes = 16 * 1024 * 1024;
/** Of the interval: a command that hangs has ended before the next slot. */
const defaultTimeoutShare = 0.9;

export interface EveryFlags extends PushFlags {
  readonly every: number;
}

type Command = readonly [string, ...string[]];

/**
 * `prom-agent push --every`: runs a command on a grid until SIGTERM or SIGINT. Resolves with the exit
 * code. @throws UsageError
 */
export async function pushEvery(
  url: string,
  words: readonly string[],
  flags: EveryFlags,
): Promise<number> {
  const destination = destinationOf(url, flags);
  const [program, ...args] = words;
  if (program === undefined) throw new UsageError('--every needs a command: -- COMMAND');
  if (flags.method === 'DELETE') throw new UsageError('--every pushes, it cannot --method DELETE');
  const stop = listenForStop(() => process.exit(1));
  const release = holdProcess();
  try {
    const http = await readHttpConfig(flags['http.config.file']);
    const { compression } = flags;
    const client = createPushClient({ url: destination.url, http, compression });
    const every = new PushEvery(destination, [program, ...args], flags, client, stop.signal);
    await (flags.dryRun ? every.printOnce() : every.run());
    await client.close();
    return 0;
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    say(error.message);
    return 1;
  } finally {
    stop.dispose();
    release();
  }
}

class PushEvery {
  readonly #destination: PushDestination;
  readonly #command: Command;
  readonly #flags: EveryFlags;
  readonly #client: PushClient;
  readonly #signal: AbortSignal;
  readonly #clock: Clock = systemClock;
  readonly #notices = new Notices(say);

  constructor(
    destination: PushDestination,
    command: Command,
    flags: EveryFlags,
    client: PushClient,
    signal: AbortSignal,
  ) {
    this.#destination = destination;
    this.#command = command;
    this.#flags = flags;
    this.#client = client;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { every, method, onExit } = this.#flags;
    const latest = new LatestPush({
      client: this.#client,
      group: this.#destination.group,
      method: method === 'POST' ? 'POST' : 'PUT',
      timeoutMs: this.#flags.timeout,
      clock: this.#clock,
      onResult: (result) => this.#tellResult(result),
    });
    const grid = {
      clock: this.#clock,
      intervalMs: every,
      phaseMs: this.#phaseMs(),
      signal: this.#signal,
      onMissed: (slots: number) => {
        const runs = slots === 1 ? '1 run was' : `${slots} runs were`;
        say(`the command took so long that ${runs} left out`);
      },
    };
    await runOnGrid(grid, async () => {
      const run = await this.#runOnce();
      if (!this.#signal.aborted) latest.put(this.#bodyOf(run));
    });
    await latest.close();
    if (onExit === 'delete') await this.#delete();
  }

  async printOnce(): Promise<void> {
    const body = this.#bodyOf(await this.#runOnce());
    const { origin, pathname } = new URL(
      this.#destination.url + groupPath(this.#destination.group),
    );
    say(`${this.#flags.method} ${origin}${pathname}`);
    process.stdout.write(body);
  }

  #runOnce(): Promise<ScriptRun> {
    return runScript({
      command: this.#command,
      timeoutMs: this.#flags.commandTimeout ?? Math.ceil(this.#flags.every * defaultTimeoutShare),
      maxOutputBytes,
      clock: this.#clock,
      signal: this.#signal,
    });
  }

  #bodyOf(run: ScriptRun): Uint8Array {
    const { group } = this.#destination;
    const groupLabels = { ...group.grouping, job: group.job };
    const body = scriptBody(run, groupLabels, this.#flags.lenient);
    const { failure, exitCode } = run;
    const why = failure ?? (exitCode === 0 ? undefined : `it ended with exit code ${exitCode}`);
    const failed = why === undefined ? undefined : [`the command failed: ${why}`];
    this.#notices.tell('run', failed, 'the command works again');
    const isWrong = body.text !== undefined && body.text.wrongLineCount > 0;
    const lines = isWrong
      ? ['the command printed lines that are wrong:', ...wrongLineWords(body.text!)]
      : undefined;
    this.#notices.tell('lines', lines, 'what the command prints is right again');
    return body.bytes;
  }

  #tellResult({ outcome, words }: PushResult): void {
    const what =
      outcome === 'refused' ? refusalWords(words) : `the Pushgateway was not reached: ${words}`;
    const trouble = outcome === 'pushed' ? undefined : [what];
    this.#notices.tell('push', trouble, 'the Pushgateway takes the metrics again');
  }

  async #delete(): Promise<void> {
    const { group } = this.#destination;
    const { timeout: timeoutMs } = this.#flags;
    this.#tellResult(
      await this.#client.push({ group, method: 'DELETE', body: undefined, timeoutMs }),
    );
  }

  /** Of the group: the scripts of a fleet do not push all at once, and each keeps its slot. */
  #phaseMs(): number {
    const path = groupPath(this.#destination.group);
    return createHash('sha256').update(path).digest().readUInt32BE() % this.#flags.every;
  }
}

function say(words: string): void {
  process.stderr.write(`prom-agent: ${words}\n`);
}
