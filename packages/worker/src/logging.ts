import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { formatLogfmt } from './logfmt.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export const logFormats = ['logfmt', 'json'] as const;

export interface LoggingOptions {
  readonly level: (typeof logLevels)[number];
  readonly format: (typeof logFormats)[number];
}

/** The worker's log, on stderr. Written at once, so that the last words before an exit get out. */
export function createLogger(options: LoggingOptions): Logger {
  const stderr = destination({ dest: 2, sync: true });
  // Whoever read the log has gone: no reason to stop scraping.
  stderr.on('error', () => {});
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    options.format === 'json' ? stderr : logfmtStream(stderr),
  );
}

function logfmtStream(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(formatLogfmt(JSON.parse(line))) };
}

/** An error with its causes in one line: `fetch failed: connect ECONNREFUSED 127.0.0.1:9100`. */
export function describeError(thrown: unknown): string {
  const words: string[] = [];
  for (let at = thrown; at !== undefined && words.length < 8; at = causeOf(at)) {
    words.push(at instanceof Error ? at.message || at.name : String(at));
  }
  return words.join(': ');
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}
