import { parseDuration } from '@prom-agent/core/duration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckConfigFlags } from './check-config.js';

/** Adds `prom-agent check` and what it can do; `finish` takes the exit code. */
export function addCheckCommands(program: Command, finish: (exitCode: number) => void): void {
  const check = program
    .command('check')
    .description('Check what others will read, before they do.')
    .helpCommand(false)
    .showHelpAfterError("Try 'prom-agent check --help'.");
  addCheckConfig(check, finish);
  addCheckServiceDiscovery(check, finish);
  check
    .command('metrics')
    .summary('lint a /metrics body')
    .description(
      'Reads a /metrics body of the text format from the standard input and lints it with the rules ' +
        'and words of `promtool check metrics`. Findings are on stderr, a line each.',
    )
    .showHelpAfterError("Try 'prom-agent check metrics --help'.")
    .option('--extended', 'also print how many series each metric has', false)
    .addHelpText(
      'after',
      '\nExit code: 0 good, 1 the body is refused (where and why is on stderr), 2 wrong usage,\n' +
        '3 there are findings.\n\n' +
        'Example:\n  curl -s http://localhost:9464/metrics | prom-agent check metrics --extended',
    )
    .action(async ({ extended }: { extended: boolean }) => {
      const { checkMetrics } = await import('./check-metrics.js');
      finish(await checkMetrics(extended));
    });
}

/** Promtool's names; duplicate-rules is of rule files, which an agent has not. */
const lints = {
  all: ['too-long-scrape-interval', 'duplicate-targets'],
  none: [],
  'duplicate-rules': [],
  'duplicate-targets': ['duplicate-targets'],
  'too-long-scrape-interval': ['too-long-scrape-interval'],
} as const satisfies Record<string, CheckConfigFlags['lint']>;

function addCheckConfig(check: Command, finish: (exitCode: number) => void): void {
  check
    .command('config')
    .summary('check configuration files')
    .description(
      'Checks prometheus.yml files as `promtool check config` does: what they say, the files they name ' +
        'and the targets they list. What failed is on stderr, a line each.',
    )
    .showHelpAfterError("Try 'prom-agent check config --help'.")
    .argument('<files...>', 'the files to check')
    .addOption(
      new Option('--lint <names>', `comma-separated: ${Object.keys(lints).join(', ')}`)
        .argParser(readLints)
        .default([], 'none'),
    )
    .option('--lint-fatal', 'exit with 3 when there are lint findings', false)
    .option('--agent', 'refuse what the agent mode of Prometheus refuses', false)
    .option('--syntax-only', 'open no other file but those of scrape_config_files', false)
    .option('--json', 'print the reports as JSON', false)
    .addHelpText(
      'after',
      '\nExit code: 0 good, 1 a file is refused, 2 wrong usage, 3 there are lint findings alone\n' +
        '(with --lint-fatal).\n\nExample:\n  prom-agent check config --lint=all prometheus.yml',
    )
    .action(async (files: string[], flags: CheckConfigFlags) => {
      const { checkConfig } = await import('./check-config.js');
      finish(await checkConfig(files, flags));
    });
}

function readLints(text: string): CheckConfigFlags['lint'] {
  return text.split(',').flatMap((name) => {
    if (!Object.hasOwn(lints, name))
      throw new InvalidArgumentError(`expected some of ${Object.keys(lints).join(', ')}`);
    return lints[name as keyof typeof lints];
  });
}

function addCheckServiceDiscovery(check: Command, finish: (exitCode: number) => void): void {
  check
    .command('service-discovery')
    .summary("print what a job's discoveries find")
    .description(
      'Runs the discoveries of one job once and prints, as JSON, the labels of each target before ' +
        'and after relabelling, as `promtool check service-discovery` does.',
    )
    .showHelpAfterError("Try 'prom-agent check service-discovery --help'.")
    .argument('<config-file>', 'the configuration')
    .argument('<job>', 'the job_name')
    .addOption(
      new Option('--timeout <duration>', 'how long the discoveries may take')
        .argParser(readDuration)
        .default(30_000, '30s'),
    )
    .addHelpText(
      'after',
      '\nExit code: 0 good, 1 the configuration is refused, has no such job, or a discovery failed\n' +
        '(what was found is printed all the same), 2 wrong usage.\n\n' +
        'Example:\n  prom-agent check service-discovery prometheus.yml node',
    )
    .action(async (file: string, job: string, { timeout }: { timeout: number }) => {
      const { printServiceDiscovery } = await import('./check-service-discovery.js');
      finish(await printServiceDiscovery(file, job, timeout));
    });
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new InvalidArgumentError(`'${text}' is no duration above 0, like 30s or 1m`);
  }
  return ms;
}
