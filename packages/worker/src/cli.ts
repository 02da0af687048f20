import { readFileSync } from 'node:fs';
import { parseDuration } from '@prom-agent/core/duration';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addCheckCommands } from './commands/check-commands.js';
import { addDebugCommands } from './commands/debug-commands.js';
import { addPushCommand } from './commands/push/push-command.js';
import { addReplayCommand } from './commands/replay-command.js';
import { formatHostPort, type ListenAddress, parseListenAddress } from './listen-address.js';
import { type LoggingOptions, logFormats, logLevels } from './logging.js';
import type { RunOptions } from './run-command.js';

/** The exit code of wrong usage, as of most Unix commands. */
const usageExitCode = 2;

interface RunFlags {
  'config.file': string;
  'config.autoReload': boolean;
  'config.autoReloadInterval': string;
  'web.enableLifecycle': boolean;
  'web.listenAddress': ListenAddress;
  'storage.path'?: string;
  'log.level': LoggingOptions['level'];
  'log.format': LoggingOptions['format'];
}

/** Runs the command line `args` (without node and script). Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const version = readVersion();
  let exitCode = 0;
  const program = commandLine(version, async (options) => {
    // Loaded when it is needed: help and usage errors should not wait for the whole agent.
    const { runAgent } = await import('./run-command.js');
    exitCode = await runAgent(options);
  });
  const finish = (code: number): void => {
    exitCode = code;
  };
  addCheckCommands(program, finish);
  addDebugCommands(program, finish);
  addPushCommand(program, finish);
  addReplayCommand(program, finish);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has said what it is about: help and version are good ends, all else is usage.
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : usageExitCode;
  }
  return exitCode;
}

function commandLine(version: string, run: (options: RunOptions) => Promise<void>): Command {
  const program = new Command('prom-agent')
    .description('A Prometheus agent: scrapes targets in threads and delivers what they say.')
    .version(`prom-agent ${version}`, '-V, --version', 'print the version and exit')
    .helpOption('-h, --help', 'print this help and exit')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'prom-agent: ')),
    })
    .showHelpAfterError("Try 'prom-agent --help'.");
  program
    .command('run')
    .description('Run the agent until SIGTERM or SIGINT.')
    .showHelpAfterError("Try 'prom-agent run --help'.")
    .addOption(
      new Option('--config.file <path>', 'Prometheus configuration file').default('prometheus.yml'),
    )
    .option(
      '--config.auto-reload',
      'read the configuration again when it or a file of its scrape_config_files has changed',
      false,
    )
    .addOption(
      new Option('--config.auto-reload-interval <duration>', 'how often to look for changes')
        .argParser(readInterval)
        .default('30s'),
    )
    .addOption(
      new Option('--web.listen-address <address>', 'where to serve /metrics, /federate and the API')
        .argParser(readListenAddress)
        .default(readListenAddress('0.0.0.0:9464'), '0.0.0.0:9464'),
    )
    .option('--web.enable-lifecycle', 'allow POST /-/reload and POST /-/quit', false)
    .option(
      '--storage.path <path>',
      'directory for samples that wait to be sent, so that they survive a crash; created when missing, locked while in use',
    )
    .addOption(levelOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nSIGHUP reads the configuration again; SIGTERM and SIGINT stop the agent.\n' +
        'Exit code: 0 stopped, 1 it could not start or failed (why is on stderr), 2 wrong usage.\n\n' +
        'Example:\n  prom-agent run --config.file=prometheus.yml --web.enable-lifecycle',
    )
    .action((flags: RunFlags) => run({ ...readFlags(flags), version }));
  return program;
}

const levelOption = (): Option =>
  new Option('--log.level <level>', 'only log this and worse').choices(logLevels).default('info');

const formatOption = (): Option =>
  new Option('--log.format <format>', 'how to write the log').choices(logFormats).default('logfmt');

function readFlags(flags: RunFlags): Omit<RunOptions, 'version'> {
  return {
    configFile: flags['config.file'],
    listenAddress: flags['web.listenAddress'],
    storagePath: flags['storage.path'],
    logging: { level: flags['log.level'], format: flags['log.format'] },
    autoReloadMs: flags['config.autoReload']
      ? parseDuration(flags['config.autoReloadInterval'])
      : undefined,
    enableLifecycle: flags['web.enableLifecycle'],
    flags: flagTexts(flags),
  };
}

/** The flags as they are written, with their values as text. */
function flagTexts(flags: RunFlags): Record<string, string> {
  const texts: Record<string, string> = { 'storage.path': '' };
  for (const [key, value] of Object.entries(flags)) {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const isAddress = typeof value === 'object';
    texts[name] = isAddress ? formatHostPort(value.host ?? '0.0.0.0', value.port) : String(value);
  }
  return texts;
}

function readInterval(text: string): string {
  if ((parseDuration(text) ?? 0) > 0) return text;
  throw new InvalidArgumentError(`'${text}' is no duration above 0, like 30s or 1m`);
}

function readListenAddress(text: string): ListenAddress {
  try {
    return parseListenAddress(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

function readVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
