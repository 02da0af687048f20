import { compileRegex } from '../../relabel/regex.js';
import { type BinaryLabels, fromBinary, toBinary } from './label-bytes.js';
import type { LabelMatcher, Selector } from './selector.js';

/** Answers for many series whether a selector selects them. */
export class CompiledSelector {
  readonly #matchers: readonly { label: string; accepts: (value: string) => boolean }[];
  readonly #external: ReadonlyMap<string, string>;

  /**
   * `externalLabels` were added to the series for their way out; the series is selected by what it
   * is without them, as in Prometheus.
   */
  constructor(selector: Selector, externalLabels: Readonly<Record<string, string>>) {
    this.#external = new Map(
      Object.entries(externalLabels).map(([name, value]) => [toBinary(name), toBinary(value)]),
    );
    this.#matchers = selector.map((matcher) => ({
      label: toBinary(matcher.label),
      accepts: acceptor(matcher),
    }));
  }

  selects(labels: BinaryLabels): boolean {
    for (const { label, accepts } of this.#matchers) {
      const value = labels.valueOf(label);
      if (!accepts(this.#external.get(label) === value ? '' : value)) return false;
    }
    return this.#matchers.length > 0;
  }
}

function acceptor({ operator, value }: LabelMatcher): (value: string) => boolean {
  if (operator === '=' || operator === '!=') {
    const wanted = toBinary(value);
    return operator === '=' ? (actual) => actual === wanted : (actual) => actual !== wanted;
  }
  const regex = compileRegex(value);
  const wanted = operator === '=~';
  return (actual) => regex.matches(fromBinary(actual)) === wanted;
}
