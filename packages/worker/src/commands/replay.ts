import { readFile } from 'node:fs/promises';
import {
  type ConfigText,
  type KafkaFormat,
  PromAgentError,
  parseReceiver,
  parseReplaySource,
  Replay,
  type ReplayOptions,
  type ReplayStatus,
} from '@prom-agent/core/replay';
import { createLogger, type LoggingOptions } from '../logging.js';
import { listenForStop } from '../shutdown.js';
import { showProgress } from './replay-progress.js';
import { UsageError } from './usage-error.js';

/** The flags of `prom-agent replay`, checked by themselves. */
export interface ReplayFlags {
  readonly from: string;
  readonly to: string;
  /** Unix ms. */
  readonly fromTime?: number;
  readonly toTime?: number;
  /** Samples a second. */
  readonly rate?: number;
  readonly follow: boolean;
  /** Undefined: what `protobuf_message` says in the file, else 1.0. */
  readonly toVersion?: '1.0' | '2.0';
  readonly defaultFormat: KafkaFormat;
  readonly 'http.config.file'?: string;
  readonly 'kafka.config.file'?: string;
  readonly json: boolean;
  readonly 'log.level': LoggingOptions['level'];
  readonly 'log.format': LoggingOptions['format'];
}

/** `prom-agent replay`. Resolves with the exit code; throws a UsageError before it begins. */
export async function replay(flags: ReplayFlags): Promise<number> {
  const logger = createLogger({ level: flags['log.level'], format: flags['log.format'] });
  const stop = listenForStop(() => process.exit(1));
  let run: Replay | undefined;
  let failure: unknown;
  try {
    run = new Replay(await readReplayOptions(flags), { logger });
    const progress = showProgress(() => run!.status(), logger);
    await run.run(stop.signal).finally(progress.end);
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    failure = error;
    process.stderr.write(`${error.message}\n`);
  } finally {
    stop.dispose();
  }
  if (run === undefined) return 1;
  const status = run.status();
  if (flags.json) process.stdout.write(`${JSON.stringify(status)}\n`);
  for (const line of summaryLines(status)) process.stderr.write(`${line}\n`);
  const isIncomplete = stop.signal.aborted && !flags.follow && status.messagesLeft > 0;
  return failure !== undefined || isIncomplete ? 1 : 0;
}

const versions = { '1.0': 1, '2.0': 2 } as const;

async function readReplayOptions(flags: ReplayFlags): Promise<ReplayOptions> {
  const { fromTime: fromMs, toTime: toMs } = flags;
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    throw new UsageError('--to-time: is not after --from-time');
  }
  const kafkaConfig = await readConfigText(flags['kafka.config.file']);
  const httpConfig = await readConfigText(flags['http.config.file']);
  const receiver = receiverOf(flags.to, httpConfig);
  const version = flags.toVersion === undefined ? receiver.version : versions[flags.toVersion];
  return {
    source: sourceOf(flags.from, kafkaConfig),
    receiver,
    version: version ?? 1,
    defaultFormat: flags.defaultFormat,
    fromMs,
    toMs,
    samplesPerSecond: flags.rate,
    isFollowing: flags.follow,
  };
}

function sourceOf(url: string, config: ConfigText | undefined): ReplayOptions['source'] {
  try {
    return parseReplaySource(url, config);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--from: ${error.message}`);
    throw error;
  }
}

function receiverOf(url: string, config: ConfigText | undefined): ReplayOptions['receiver'] {
  if (!/^https?:\/\/[^/?#]/i.test(url) || !URL.canParse(url)) {
    throw new UsageError('--to: expected a URL such as http://prometheus:9090/api/v1/write');
  }
  return parseReceiver(url, config);
}

async function readConfigText(file: string | undefined): Promise<ConfigText | undefined> {
  if (file === undefined) return undefined;
  try {
    return { text: await readFile(file, 'utf8'), file };
  } catch (error) {
    throw new PromAgentError('CONFIG_UNREADABLE', `cannot read ${file}: ${String(error)}`, {
      cause: error,
    });
  }
}

export function summaryLines(status: ReplayStatus): string[] {
  const lines = [`${status.messages} messages, ${status.samplesSent} samples sent`];
  const say = (number: number, words: string): void => {
    if (number > 0) lines.push(`  ${number} ${words}`);
  };
  say(status.samplesRejected, `samples refused by the receiver: ${status.lastError}`);
  say(
    status.samplesUnsupported,
    'native histograms with custom buckets, which need --to-version 2.0',
  );
  say(status.samplesOutside, 'samples outside of the times asked for');
  say(status.repeats, 'messages that stood there twice');
  say(status.malformed, 'messages that could not be read');
  say(status.messagesLeft, 'messages left: the same command goes on from here');
  return lines;
}
