import { type KeptTarget, RefusedTarget } from './scrape/target-plan.js';
import type { Target } from './targets/target.js';
import type { TargetBuilds } from './targets/target-builds.js';

/** A target as its thread is told of it: refused where its job has too many. */
export function keptTarget(builds: TargetBuilds, target: Target): KeptTarget {
  const message = builds.refusal(target.job);
  if (message === undefined) return target;
  return new RefusedTarget(target, { reason: 'target_limit', message });
}
