import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import {
  gatewayUrl,
  groupPath,
  type HttpClientConfig,
  PromAgentError,
  type PushGroup,
  type PushMethod,
  parseHttpClient,
  plainHttpClient,
} from '@prom-agent/core/push-client';
import { UsageError } from '../usage-error.js';

/** The flags of `prom-agent push`, each checked by itself. */
export interface PushFlags {
  readonly job: string;
  readonly grouping: Readonly<Record<string, string>>;
  /** False: no default for the label instance. */
  readonly instance: boolean;
  readonly method: PushMethod;
  readonly lenient: boolean;
  readonly dryRun: boolean;
  readonly retries: number;
  /** Of one try, ms. */
  readonly timeout: number;
  readonly compression: 'gzip' | 'none';
  readonly 'http.config.file'?: string;
  /** ms. */
  readonly every?: number;
  /** ms; undefined: nine tenths of `every`. */
  readonly commandTimeout?: number;
  readonly onExit: 'keep' | 'delete';
}

/** Where to push to. */
export interface PushDestination {
  /** Without a slash at its end. */
  readonly url: string;
  readonly group: PushGroup;
}

/**
 * @param machine what this machine calls itself
 * @throws UsageError
 */
export function destinationOf(
  url: string,
  flags: Pick<PushFlags, 'job' | 'grouping' | 'instance'>,
  machine = hostname(),
): PushDestination {
  const group = { job: flags.job, grouping: groupingOf(flags, machine) };
  try {
    groupPath(group);
    return { url: gatewayUrl(url), group };
  } catch (error) {
    if (PromAgentError.is(error)) throw new UsageError(error.message);
    throw error;
  }
}

function groupingOf(
  { grouping, instance }: Pick<PushFlags, 'grouping' | 'instance'>,
  machine: string,
): Readonly<Record<string, string>> {
  if (!instance || Object.hasOwn(grouping, 'instance')) return grouping;
  if (/^$|^localhost(?:$|\.)/.test(machine)) {
    throw new UsageError(
      `this machine calls itself '${machine}', as others do: give --grouping instance=NAME, or --no-instance`,
    );
  }
  return { ...grouping, instance: machine };
}

/** @throws PromAgentError CONFIG_UNREADABLE, CONFIG_INVALID */
export async function readHttpConfig(file: string | undefined): Promise<HttpClientConfig> {
  if (file === undefined) return plainHttpClient;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new PromAgentError('CONFIG_UNREADABLE', `cannot read ${file}: ${String(cause)}`, {
      cause,
    });
  }
  return parseHttpClient({ text, file });
}
