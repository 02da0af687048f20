/**
 * Every way the agent can refuse. The list is closed: callers may switch on it.
 * A failed scrape is not here: it is a result (`up 0` and a {@link ScrapeFailureReason}).
 */
export type PromAgentErrorCode =
  /** The configuration cannot be read (missing file, no permission). */
  | 'CONFIG_UNREADABLE'
  /** The configuration was read and is wrong; `problems` lists all that is wrong with it. */
  | 'CONFIG_INVALID'
  /** The configuration has no job of this name; `jobs` lists those it has. */
  | 'JOB_UNKNOWN'
  /** A body is not a valid exposition; `line`, `column` and `expected` say where and why. */
  | 'EXPOSITION_SYNTAX'
  /** A series selector (`match[]`) cannot be parsed. */
  | 'SELECTOR_INVALID'
  /** A metric cannot be made or exposed: its name, labels or buckets are wrong. */
  | 'METRIC_INVALID'
  /** The registry already holds a metric of this name that is not ours. */
  | 'REGISTRY_CONFLICT'
  /** No registry was given and prom-client is not installed. */
  | 'REGISTRY_MISSING'
  /** No scrape thread could be started. */
  | 'THREAD_START_FAILED'
  /** The directory of the durable queue cannot be used. */
  | 'QUEUE_UNUSABLE'
  /** kafka_write is configured, and kafkajs is not installed or of another version. */
  | 'KAFKA_CLIENT_MISSING'
  /** A replay cannot go on: Kafka or the receiver refuses for a reason that stays. */
  | 'REPLAY_FAILED'
  /** A push names no Pushgateway, or a group that none takes. */
  | 'PUSH_INVALID'
  /** The address to listen on is taken or not ours. */
  | 'LISTEN_FAILED'
  /** The agent was closed, or is closing. */
  | 'CLOSED';

const brand = Symbol.for('prom-agent.error');

export interface PromAgentErrorOptions {
  cause?: unknown;
  /** What went wrong, as data: names and numbers a program can use. */
  data?: Readonly<Record<string, unknown>>;
}

/** The one error class of the agent: a closed code, words for an operator, data for a program. */
export class PromAgentError extends Error {
  readonly code: PromAgentErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: PromAgentErrorCode, message: string, options: PromAgentErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PromAgentError';
    this.code = code;
    this.data = options.data ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of any copy of this package: two copies have two classes, so instanceof lies. */
  static is(value: unknown): value is PromAgentError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
