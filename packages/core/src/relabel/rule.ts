/** The eleven actions of Prometheus 3 (model/relabel/relabel.go). */
export type RelabelAction =
  | 'replace'
  | 'keep'
  | 'drop'
  | 'keepequal'
  | 'dropequal'
  | 'hashmod'
  | 'labelmap'
  | 'labeldrop'
  | 'labelkeep'
  | 'lowercase'
  | 'uppercase';

/**
 * One relabelling rule as checked by the configuration, with Prometheus' defaults filled in. Plain
 * data: it crosses to the scrape threads by structured clone, where it is compiled once per job.
 */
export interface RelabelRule {
  readonly sourceLabels: readonly string[];
  /** Default `;`. */
  readonly separator: string;
  /** RE2 syntax, as written (not anchored yet). Default `(.*)`. */
  readonly regex: string;
  /** 0 when the action does not use it. */
  readonly modulus: number;
  /** Empty when the action does not use it. */
  readonly targetLabel: string;
  /** Default `$1`. */
  readonly replacement: string;
  readonly action: RelabelAction;
}
