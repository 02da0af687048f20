import type { AgentMetricRow } from './agent-metrics.js';

/** What becomes of targets whose thread is too busy, or dies of them. */
export interface MoveMetricsSource {
  quarantinedTargets(): number;
  /** Moves between threads, by how they ended. */
  targetMoves(): { readonly moved: number; readonly kept: number; readonly lost: number };
}

export const moveRows: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_quarantined_targets',
    help: 'Targets that are not scraped because scrape threads died of their bodies.',
    type: 'gauge',
    samples: (s) => [{ value: s.quarantinedTargets(), labels: {} }],
  },
  {
    name: 'prom_agent_target_moves_total',
    help: 'Targets asked to move to a lighter thread: moved with their series, kept because an output was behind, lost when a thread died.',
    type: 'counter',
    samples: (s) =>
      Object.entries(s.targetMoves()).map(([result, value]) => ({ value, labels: { result } })),
  },
];
