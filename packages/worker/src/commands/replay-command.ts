import { type Command, InvalidArgumentError, Option } from 'commander';
import { logFormats, logLevels } from '../logging.js';
import type { ReplayFlags } from './replay.js';
import { UsageError } from './usage-error.js';

const formats = ['remote_write', 'remote_write_v2', 'jsonl', 'text'];

/** Adds `prom-agent replay`; `finish` takes the exit code. */
export function addReplayCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('replay')
    .summary('write a Kafka topic of kafka_write to a remote-write receiver')
    .description(
      'Reads the messages that kafka_write has written to a topic and hands them to a receiver of remote ' +
        'write: each partition in order, repeats dropped. What the receiver has taken is committed to the ' +
        'consumer group, so that the same command goes on where it was stopped.',
    )
    .showHelpAfterError("Try 'prom-agent replay --help'.")
    .requiredOption('--from <url>', 'kafka://broker:9092,broker2:9092/topic?group=name')
    .requiredOption('--to <url>', 'the receiver, http://prometheus:9090/api/v1/write')
    .addOption(
      new Option(
        '--from-time <time>',
        'samples from this time on: RFC 3339, or Unix seconds',
      ).argParser(readTime),
    )
    .addOption(new Option('--to-time <time>', 'samples before this time').argParser(readTime))
    .addOption(new Option('--rate <samples>', 'samples a second at most').argParser(readRate))
    .option('--follow', 'do not stop at the end of the topic', false)
    .addOption(
      new Option('--to-version <version>', 'of remote write (default: 1.0)').choices([
        '1.0',
        '2.0',
      ]),
    )
    .addOption(
      new Option('--default-format <format>', 'of messages without the header format')
        .choices(formats)
        .default('remote_write'),
    )
    .option('--http.config.file <file>', 'how to reach the receiver: fields of remote_write')
    .option('--kafka.config.file <file>', 'how to reach Kafka: sasl, tls_config of kafka_write')
    .option('--json', 'print what was done as JSON on stdout', false)
    .addOption(
      new Option('--log.level <level>', 'only log this and worse')
        .choices(logLevels)
        .default('info'),
    )
    .addOption(
      new Option('--log.format <format>', 'how to write the log')
        .choices(logFormats)
        .default('logfmt'),
    )
    .addHelpText('after', help)
    .action(async (flags: ReplayFlags, command: Command) => {
      const { replay } = await import('./replay.js');
      try {
        finish(await replay(flags));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 2 });
      }
    });
}

const help = `
Without --follow it ends where the topic ended when it began. Ctrl-C commits what was delivered.
Credentials go into the two files, YAML with the fields of a kafka_write or remote_write block:
  sasl: {mechanism: scram-sha-512, username: replay, password_file: /run/secrets/kafka}

Exit code: 0 all of it was handed over, 1 it failed or was stopped before (why is on stderr; the same
command goes on from there), 2 wrong usage.

Example:
  prom-agent replay --from 'kafka://kafka:9092/metrics?group=backfill' \\
    --to http://prometheus:9090/api/v1/write --from-time 2026-01-31T00:00:00Z`;

/** Unix ms. */
export function readTime(text: string): number {
  if (/^\d{1,11}(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const isRfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(
    text,
  );
  const ms = isRfc3339 ? Date.parse(text.replace(' ', 'T').toUpperCase()) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(`'${text}' is no time such as 2026-01-31T12:00:00Z or 1769860800`);
}

function readRate(text: string): number {
  const rate = Number(text);
  if (/^[\d.e]+$/i.test(text) && rate > 0) return rate;
  throw new InvalidArgumentError(`'${text}' is no number of samples above 0`);
}
