import { parseDuration } from '@prom-agent/core/duration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../usage-error.js';
import type { PushFlags } from './push-flags.js';

/** Adds `prom-agent push`; `finish` takes the exit code. */
export function addPushCommand(program: Command, finish: (exitCode: number) => void): void {
  const push = program
    .command('push')
    .summary('push metrics of a script to a Pushgateway')
    .description(
      'Reads metrics from the standard input, in the text format or as bare lines of name and value, ' +
        'and pushes them to a Pushgateway. All lines are checked before any is sent.\n\n' +
        'With --every it runs a command again and again and pushes what it prints.',
    )
    .usage('[options] <url> [-- command...]')
    .showHelpAfterError("Try 'prom-agent push --help'.")
    .argument('<url>', 'of the Pushgateway: http://pushgateway:9091')
    .argument('[command...]', 'with --every: what is run, without a shell');
  addGroupOptions(push);
  addSendOptions(push);
  addEveryOptions(push);
  push
    .addHelpText('after', help)
    .action(async (url: string, words: string[], flags: PushFlags, command: Command) => {
      try {
        finish(await run(url, words, flags));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 2 });
      }
    });
}

async function run(url: string, words: string[], flags: PushFlags): Promise<number> {
  if (flags.every === undefined) {
    if (words.length > 0) throw new UsageError('a command is run with --every alone');
    const { push } = await import('./push.js');
    return push(url, flags);
  }
  const { pushEvery } = await import('./every/push-every.js');
  return pushEvery(url, words, { ...flags, every: flags.every });
}

function addGroupOptions(push: Command): void {
  push
    .requiredOption('--job <name>', 'label job of the group')
    .addOption(
      new Option('--grouping <label=value>', 'another label of the group; may be given again')
        .argParser(addGrouping)
        .default({}, "instance= this machine's name"),
    )
    .option('--no-instance', 'no label instance where --grouping gives none')
    .addOption(
      new Option(
        '--method <method>',
        'PUT replaces the group, POST metrics of the same names, DELETE removes the group',
      )
        .choices(['PUT', 'POST', 'DELETE'])
        .default('PUT'),
    );
}

function addSendOptions(push: Command): void {
  push
    .option('--lenient', 'send the lines that are right, and say which are not', false)
    .option('--dry-run', 'print what would be sent, and where', false)
    .addOption(
      new Option('--retries <number>', 'how often to try again when the gateway is not reached')
        .argParser(readCount)
        .default(3),
    )
    .addOption(
      new Option('--timeout <duration>', 'how long one try may take')
        .argParser(readDuration)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--compression <name>', 'of larger bodies; gateways before 1.5 take none')
        .choices(['gzip', 'none'])
        .default('gzip'),
    )
    .option('--http.config.file <file>', 'credentials and TLS: YAML with fields of http_config');
}

function addEveryOptions(push: Command): void {
  push
    .addOption(
      new Option('--every <duration>', 'run the command at this interval').argParser(readDuration),
    )
    .addOption(
      new Option(
        '--command-timeout <duration>',
        'then the command and its children are killed (default: 9/10 of the interval)',
      ).argParser(readDuration),
    )
    .addOption(
      new Option('--on-exit <what>', 'what becomes of the group: keep or delete it')
        .choices(['keep', 'delete'])
        .default('keep'),
    );
}

const help = `
With --every the command gets no input and no shell; its error output is passed on. What it leaves
running is killed with it. Beside its metrics go script_success, script_duration_seconds and
script_exit_code; when it fails they go alone. SIGTERM ends the command, pushes what is left, and ends.
A file for --http.config.file, as of promtool:
  basic_auth: {username: scripts, password_file: /run/secrets/pushgateway}

Exit code: 0 pushed, 1 refused: wrong lines, or by the gateway (why is on stderr), 2 wrong usage,
4 the gateway was not reached.

Examples:
  df --output=target,avail -B1 / | awk 'NR>1 {print "disk_free_bytes{path=\\""$1"\\"} "$2}' |
    prom-agent push http://pushgateway:9091 --job disk
  prom-agent push http://pushgateway:9091 --job ping --every 15s -- ./ping.sh gateway.example`;

/** `label=value`; the first `=` parts them. */
export function addGrouping(
  text: string,
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`'${text}' is not of the form label=value`);
  const name = text.slice(0, at);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`label ${name} is given twice`);
  return { ...before, [name]: text.slice(at + 1) };
}

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`'${text}' is no number from 0 on`);
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError(`'${text}' is no duration above 0, like 30s or 1m`);
}
