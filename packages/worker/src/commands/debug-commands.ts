import type { Command } from 'commander';

/** The Content-Type that an exposition has when nobody says another. */
const textFormat = 'text/plain; version=0.0.4';

/** Adds `prom-agent debug` and what it can do; `finish` takes the exit code. */
export function addDebugCommands(program: Command, finish: (exitCode: number) => void): void {
  const debug = program
    .command('debug')
    .description('Look at what the agent makes of its input.')
    .helpCommand(false)
    .showHelpAfterError("Try 'prom-agent debug --help'.");
  debug
    .command('parse')
    .summary('print the samples of a /metrics body as JSON lines')
    .description(
      'Reads a /metrics body from the standard input and prints one JSON object a line for each of ' +
        'its samples: name, labels, value, timestamp (ms), type, unit, help, exemplar, histogram. Absent fields are ' +
        'left out; a value that JSON has no number for is "NaN", "+Inf" or "-Inf".',
    )
    .showHelpAfterError("Try 'prom-agent debug parse --help'.")
    .option(
      '--content-type <type>',
      'the Content-Type that came with the body: text/plain, application/openmetrics-text or ' +
        'application/vnd.google.protobuf; decides on the parser as for a scrape',
      textFormat,
    )
    .addHelpText(
      'after',
      '\nExit code: 0 good, 1 the body is refused (where and why is on stderr), 2 wrong usage.\n\n' +
        'Example:\n  curl -s http://localhost:9100/metrics | prom-agent debug parse | head',
    )
    .action(async ({ contentType }: { contentType: string }, command: Command) => {
      const { ContentTypeError, debugParse } = await import('./debug-parse.js');
      try {
        finish(await debugParse(contentType));
      } catch (error) {
        if (!(error instanceof ContentTypeError)) throw error;
        command.error(`error: --content-type: ${error.message}`, { exitCode: 2 });
      }
    });
  addDebugRelabel(debug, finish);
}

function addDebugRelabel(debug: Command, finish: (exitCode: number) => void): void {
  debug
    .command('relabel')
    .summary('relabel label sets as a configuration would')
    .description(
      'Reads label sets from the standard input, a JSON object of strings a line, and prints what the ' +
        'rules make of each: an object, or null when a rule drops the set.',
    )
    .showHelpAfterError("Try 'prom-agent debug relabel --help'.")
    .requiredOption('--rules <file>', 'a YAML list of rules, as under relabel_configs')
    .addHelpText(
      'after',
      '\nExit code: 0 good, 1 the rules or a line are refused (where and why is on stderr), 2 wrong\n' +
        'usage.\n\nExample:\n' +
        '  echo \'{"__address__":"a:1","job":"x"}\' | prom-agent debug relabel --rules rules.yml',
    )
    .action(async ({ rules }: { rules: string }) => {
      const { debugRelabel } = await import('./debug-relabel.js');
      finish(await debugRelabel(rules));
    });
}
