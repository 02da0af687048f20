import type { Command } from 'commander';

/** Adds `prom-agent check` and what it can do; `finish` takes the exit code. */
export function addCheckCommands(program: Command, finish: (exitCode: number) => void): void {
  const check = program
    .command('check')
    .description('Check what others will read, before they do.')
    .helpCommand(false)
    .showHelpAfterError("Try 'prom-agent check --help'.");
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
