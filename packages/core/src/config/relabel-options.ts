import type { RelabelAction } from '../relabel/rule.js';

/** A relabelling rule. */
export interface RelabelOptions {
  /** Their values, joined by `separator`, are what `regex` is matched with. Default: none. */
  sourceLabels?: string[];
  /** Default `;`. */
  separator?: string;
  /** RE2 syntax, matched with the whole value. Default `(.*)`. */
  regex?: string;
  /** Divisor of `hashmod`. */
  modulus?: number;
  /** The label the action writes or compares with; may hold `$1` for `replace`. */
  targetLabel?: string;
  /** May hold `$1` or `${name}`. Default `$1`. */
  replacement?: string;
  /** Default `replace`. */
  action?: RelabelAction;
}
