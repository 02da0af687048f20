import type { ScrapeConfig } from '../config/agent-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { noEnd } from '../self/time-slice.js';
import { JobTargets } from './job-targets.js';
import type { DroppedTarget, Target } from './target.js';
import { joinPieces } from './target-changes.js';

export interface BuiltTargets {
  readonly targets: readonly Target[];
  readonly dropped: readonly DroppedTarget[];
}

/** What a job makes of groups at once, for who looks at it and scrapes nothing. */
export function buildTargets(config: ScrapeConfig, groups: readonly TargetGroup[]): BuiltTargets {
  const targets = new JobTargets(config);
  const { added } = joinPieces(targets.update(groups, noEnd));
  return { targets: added, dropped: [...targets.dropped()] };
}
