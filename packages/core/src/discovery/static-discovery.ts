import type { DiscoveryConfig, StaticGroup } from '../config/agent-config.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';
import { targetGroup } from './target-group.js';

/** `static_configs`: the targets written in the configuration itself. */
export class StaticDiscovery implements Discovery {
  readonly kind = 'static';
  readonly #groups: readonly TargetGroup[];

  constructor(config: DiscoveryConfig & { kind: 'static' }) {
    this.#groups = config.groups.map(({ targets, labels }: StaticGroup, index) =>
      targetGroup(String(index), targets, Object.entries(labels)),
    );
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    onUpdate({ groups: this.#groups, error: undefined });
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
