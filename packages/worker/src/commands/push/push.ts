import {
  createPushClient,
  groupPath,
  holdProcess,
  PromAgentError,
  type PushResult,
  pushWithRetries,
  readPushText,
  systemClock,
} from '@prom-agent/core/push-client';
import { readStdin } from '../read-stdin.js';
import {
  destinationOf,
  type PushDestination,
  type PushFlags,
  readHttpConfig,
} from './push-flags.js';
import { refusalWords } from './refusal-words.js';
import { wrongLineWords } from './wrong-lines.js';

/** Commands of Unix that could not reach a server have no common code; curl's are many. */
const unreachableExitCode = 4;

/** `prom-agent push` of the standard input. Resolves with the exit code. @throws UsageError */
export async function push(url: string, flags: PushFlags): Promise<number> {
  const destination = destinationOf(url, flags);
  let bytes: Uint8Array | undefined;
  if (flags.method !== 'DELETE') {
    bytes = await readInput(destination, flags);
    if (bytes === undefined) return 1;
  }
  if (flags.dryRun) return printInstead(destination, flags, bytes);
  return send(destination, flags, bytes);
}

/** What is to be sent; undefined when that was refused, which has been said. */
async function readInput(
  { group }: PushDestination,
  { lenient }: PushFlags,
): Promise<Uint8Array | undefined> {
  const text = readPushText(await readStdin(), {
    groupLabels: { ...group.grouping, job: group.job },
  });
  const { wrongLineCount, samples, timestamps } = text;
  for (const words of wrongLineWords(text)) say(words);
  if (wrongLineCount > 0 && !lenient) {
    say('nothing was sent: correct these lines, or send the others with --lenient');
    return undefined;
  }
  if (samples === 0) {
    say('nothing was sent: no metrics on the standard input (--method DELETE removes a group)');
    return undefined;
  }
  if (wrongLineCount > 0) say('the other lines are sent');
  if (timestamps > 0) say(`timestamps left out: ${timestamps} (a Pushgateway takes none)`);
  return text.bytes;
}

function printInstead(
  destination: PushDestination,
  { method }: PushFlags,
  bytes: Uint8Array | undefined,
): number {
  const { url, group } = destination;
  const { origin, pathname } = new URL(url + groupPath(group));
  say(`${method} ${origin}${pathname}`);
  if (bytes !== undefined) process.stdout.write(bytes);
  return 0;
}

async function send(
  { url, group }: PushDestination,
  flags: PushFlags,
  bytes: Uint8Array | undefined,
): Promise<number> {
  const { method, compression, retries, timeout: timeoutMs } = flags;
  const release = holdProcess();
  try {
    const http = await readHttpConfig(flags['http.config.file']);
    const client = createPushClient({ url, http, compression });
    const body = bytes && { bytes, format: 'text' as const };
    const result = await pushWithRetries(
      client,
      { group, method, body, timeoutMs },
      {
        retries,
        deadlineMs: (retries + 1) * timeoutMs,
        clock: systemClock,
        onRetry: ({ words }, waitMs) => say(`${words}: trying again in ${Math.round(waitMs)} ms`),
      },
    );
    await client.close();
    return exitCodeOf(result);
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    say(error.message);
    return 1;
  } finally {
    release();
  }
}

function exitCodeOf({ outcome, words }: PushResult): number {
  if (outcome === 'pushed') return 0;
  if (outcome === 'refused') {
    say(refusalWords(words));
    return 1;
  }
  say(`the Pushgateway was not reached: ${words}`);
  return unreachableExitCode;
}

function say(words: string): void {
  process.stderr.write(`prom-agent: ${words}\n`);
}
