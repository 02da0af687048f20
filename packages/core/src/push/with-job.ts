import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import { gaugeText, jobFamilies } from './job-families.js';
import { preparePush } from './prepare-push.js';
import type { JobOptions } from './push-options.js';
import type { MakeBody } from './push-within.js';

/**
 * Runs a batch job and pushes at its end, however it ended, how long it took, whether it succeeded and
 * when it did last, with the registry if there is one: `job_duration_seconds`, `job_success`,
 * `job_last_completion_timestamp_seconds` and, after a success, `job_last_success_timestamp_seconds`.
 * Resolves with what `run` returned, or rejects with what it threw, when the push is done or its
 * deadline over; what came of the push changes nothing of that. A process that exits within `run`
 * pushes nothing.
 *
 * @throws PromAgentError PUSH_INVALID, CONFIG_INVALID: the options are wrong, and `run` was not called
 */
export async function withJob<T>(
  name: string,
  run: () => T | PromiseLike<T>,
  options: JobOptions,
): Promise<T> {
  const { registry, onPush = warnOf(name), ...rest } = options;
  const push = await preparePush(name, rest);
  // What renders all formats takes a while to load: not for four gauges.
  const rendering = registry && (await import('./registry-body.js'));
  const startMs = performance.now();
  const end = await ended(run);
  const families = jobFamilies({
    isSuccess: end.isSuccess,
    durationSeconds: (performance.now() - startMs) / 1000,
    endSeconds: Date.now() / 1000,
  });
  const makeBody: MakeBody = (collectTimeoutMs, escaping) =>
    rendering?.registryBody(families, registry, {
      collectTimeoutMs,
      nativeHistograms: true,
      escaping,
    }) ?? { bytes: gaugeText(families), format: 'text' };
  onPush(await push(makeBody));
  if (end.isSuccess) return end.value;
  throw end.error;
}

type Ended<T> =
  | { readonly isSuccess: true; readonly value: T }
  | { readonly isSuccess: false; readonly error: unknown };

async function ended<T>(run: () => T | PromiseLike<T>): Promise<Ended<T>> {
  try {
    return { isSuccess: true, value: await run() };
  } catch (error) {
    return { isSuccess: false, error };
  }
}

function warnOf(job: string): (result: PushResult) => void {
  return ({ outcome, words }) => {
    if (outcome === 'pushed') return;
    const what = outcome === 'refused' ? 'the Pushgateway refuses' : 'no Pushgateway took';
    process.emitWarning(`${what} the metrics of job ${JSON.stringify(job)}: ${words}`, {
      type: 'PromAgentWarning',
      code: 'PROM_AGENT_NOT_PUSHED',
    });
  };
}
