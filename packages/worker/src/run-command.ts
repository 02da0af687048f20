import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { type Agent, createAgent, PromAgentError } from '@prom-agent/core';
import type { Logger } from 'pino';
import { formatHostPort, type ListenAddress } from './listen-address.js';
import { createLogger, type LoggingOptions } from './logging.js';
import { optimizeEarly } from './optimize-early.js';
import { Reloads } from './reload.js';
import { listenForStop, type StopRequest } from './shutdown.js';
import { openStorageDirectory, type StorageDirectory, StorageError } from './storage-directory.js';
import { startWebServer, type WebServer } from './web/web-server.js';
import { workerRegistry } from './worker-registry.js';

/** More threads than this are asked for by `agent.threads`: most hosts run other things too. */
const mostThreads = 4;

/** What the flags of `prom-agent run` say. */
export interface RunOptions {
  readonly configFile: string;
  readonly listenAddress: ListenAddress;
  readonly storagePath: string | undefined;
  readonly logging: LoggingOptions;
  /** How often to look whether the configuration has changed; undefined: never. */
  readonly autoReloadMs: number | undefined;
  /** POST /-/reload and /-/quit. */
  readonly enableLifecycle: boolean;
  /** All flags as text, for /api/v1/status/flags. */
  readonly flags: Readonly<Record<string, string>>;
  readonly version: string;
}

/** What has been started so far, to be closed whatever happens. */
interface Parts {
  agent?: Agent;
  web?: WebServer;
  storage?: StorageDirectory;
  reloads?: Reloads;
  isReady: boolean;
}

// For a graceful stop: what is queued goes out, what hangs is cut off.
const stopDeadlineMs = 10_000;

/** Runs the agent until SIGTERM or SIGINT. Resolves with the process's exit code. */
export async function runAgent(options: RunOptions): Promise<number> {
  optimizeEarly();
  const logger = createLogger(options.logging);
  exitOnStrayErrors(logger);
  const stop = listenForStop((signal) => {
    logger.warn({ signal }, 'second signal: leaving at once, what is still queued is lost');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
  const parts: Parts = { isReady: false };
  let failure: unknown;
  try {
    await startParts(options, parts, logger, stop);
    await aborted(stop.signal);
  } catch (error) {
    failure = error;
  }
  const { aborted: isAsked, reason } = stop.signal;
  if (isAsked) logger.info({ signal: reason }, 'stopping');
  await closeParts(parts);
  stop.dispose();
  // A signal in the middle of the start ends the start with an error, which is no failure.
  if (!isAsked) return explainFailure(failure);
  logger.info({}, 'stopped');
  return 0;
}

function explainFailure(failure: unknown): number {
  if (!PromAgentError.is(failure) && !(failure instanceof StorageError)) throw failure;
  process.stderr.write(`${failure.message}\n`);
  return 1;
}

async function startParts(
  options: RunOptions,
  parts: Parts,
  logger: Logger,
  stop: StopRequest,
): Promise<void> {
  const { configFile, listenAddress, storagePath, version } = options;
  const { signal } = stop;
  const agent = await createAgent({
    configFile,
    logger,
    registry: workerRegistry(),
    serviceName: 'prom-agent',
    defaultThreads: Math.min(availableParallelism(), mostThreads),
    ...(storagePath !== undefined && { defaultQueuePath: storagePath }),
  });
  parts.agent = agent;
  if (storagePath !== undefined) parts.storage = openStorageDirectory(storagePath);
  parts.reloads = new Reloads(agent, logger);
  await parts.reloads.listen(options);
  const state = {
    agent,
    version,
    flags: options.flags,
    isReady: () => parts.isReady && !signal.aborted,
    lifecycle: options.enableLifecycle ? { quit: () => stop.request('/-/quit') } : undefined,
  };
  const web = await startWebServer(listenAddress, state, logger);
  parts.web = web;
  agent.setSelfAddress({ host: web.host, port: web.port, path: '/metrics' });
  const address = formatHostPort(web.host, web.port);
  logger.info({ version, address, config: configFile, pid: process.pid }, 'listening');
  await agent.start({ signal });
  parts.isReady = true;
  logger.info({ targets: agent.summary().targets }, 'scraping');
}

async function closeParts({ agent, web, storage, reloads }: Parts): Promise<void> {
  reloads?.close();
  await Promise.all([web?.close(stopDeadlineMs), agent?.close({ deadlineMs: stopDeadlineMs })]);
  storage?.release();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** The process is ours, unlike in a host service: what nobody caught ends it with its reason. */
function exitOnStrayErrors(logger: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error({ err: error, origin, stack }, 'unexpected error: stopping');
    process.exit(1);
  });
}
