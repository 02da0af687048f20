import { parseGoFloat } from '../../exposition/go-float.js';
import {
  escapeHelp,
  escapeQuoted,
  floatText,
  labelNameText,
  metricNameText,
  seriesText,
} from '../../exposition/render/text-format.js';
import { compareUtf8 } from '../../model/labels.js';
import type { MetricType } from '../../model/metadata.js';

type Label = readonly [name: string, value: string];

interface TextFamily {
  readonly name: string;
  /** Undefined until a TYPE line or the first sample, which makes it `unknown`. */
  type: MetricType | undefined;
  help: string | undefined;
  readonly lines: string[];
}

/** What a gateway makes for each group by itself; what is pushed by these names it drops. */
const gatewayNames: ReadonlySet<string> = new Set([
  'push_time_seconds',
  'push_failure_time_seconds',
]);

const totals = /_(?:count|sum)$/;
const totalsAndBuckets = /_(?:count|sum|bucket)$/;
const bounds: Partial<Record<MetricType, string>> = { histogram: 'le', summary: 'quantile' };

/**
 * The families of a push in the order of their first line. What is added says why it cannot be
 * pushed, in the words after "line 1: ", or nothing. A sample belongs to the family of its own name,
 * else to the histogram or summary declared before it (prometheus/common expfmt TextParser, with
 * which gateways read).
 */
export class PushFamilies {
  readonly #groupLabels: Readonly<Record<string, string>>;
  readonly #takenNames: ReadonlySet<string>;
  readonly #families = new Map<string, TextFamily>();
  /** Line by series. */
  readonly #series = new Map<string, number>();

  constructor(groupLabels: Readonly<Record<string, string>>, takenNames: ReadonlySet<string>) {
    this.#groupLabels = groupLabels;
    this.#takenNames = takenNames;
  }

  get samples(): number {
    return this.#series.size;
  }

  addHelp(name: string, help: string): string | undefined {
    const family = this.#familyOf(name);
    if (family.help !== undefined)
      return `expected no second HELP line for ${metricNameText(name)}`;
    family.help = help;
    return undefined;
  }

  addType(name: string, type: MetricType): string | undefined {
    const family = this.#familyOf(name);
    if (family.lines.length > 0) {
      return `expected the TYPE line of ${metricNameText(name)} before its first sample`;
    }
    if (family.type !== undefined)
      return `expected no second TYPE line for ${metricNameText(name)}`;
    family.type = type;
    return undefined;
  }

  addSample(
    line: number,
    name: string,
    written: readonly Label[],
    value: number,
  ): string | undefined {
    if (gatewayNames.has(name)) return `expected another name: the gateway itself makes ${name}`;
    if (this.#takenNames.has(name))
      return `expected another name: prom-agent itself pushes ${name}`;
    const family = this.#familyOf(name);
    const refusal =
      this.#groupRefusal(written) ?? boundRefusal(family.type, name, family.name, written);
    if (refusal !== undefined) return refusal;
    const series = this.#seriesText(name, written);
    const first = this.#series.get(series);
    if (first !== undefined) return `expected this series only once, line ${first} has it too`;
    this.#series.set(series, line);
    family.type ??= 'unknown';
    family.lines.push(`${series} ${floatText(value, false)}\n`);
    return undefined;
  }

  /** The body; empty without samples. */
  text(): Uint8Array {
    const pieces: string[] = [];
    for (const { name, type, help, lines } of this.#families.values()) {
      if (lines.length === 0) continue;
      const nameText = metricNameText(name);
      if (help !== undefined) pieces.push(`# HELP ${nameText} ${escapeHelp(help)}\n`);
      if (type !== undefined && type !== 'unknown') pieces.push(`# TYPE ${nameText} ${type}\n`);
      for (const line of lines) pieces.push(line);
    }
    return Buffer.from(pieces.join(''));
  }

  #groupRefusal(labels: readonly Label[]): string | undefined {
    for (const [name, value] of labels) {
      const ofGroup = Object.hasOwn(this.#groupLabels, name) ? this.#groupLabels[name] : undefined;
      if (ofGroup === undefined || ofGroup === value || value === '') continue;
      const text = JSON.stringify(ofGroup);
      return `expected no label ${labelNameText(name)}: the gateway makes it ${text}, as in all of the group`;
    }
    return undefined;
  }

  /** The same for the same series: an empty label is none, and those of the group all have. */
  #seriesText(name: string, written: readonly Label[]): string {
    const labels = written.filter(
      ([label, text]) => text !== '' && !Object.hasOwn(this.#groupLabels, label),
    );
    if (labels.length > 1) labels.sort(([a], [b]) => compareUtf8(a, b));
    const pairs = labels.map(([label, text]) => `${labelNameText(label)}="${escapeQuoted(text)}"`);
    return seriesText(name, pairs.join(','));
  }

  #familyOf(name: string): TextFamily {
    const family =
      this.#families.get(name) ??
      this.#declared(name, totals, 'summary') ??
      this.#declared(name, totalsAndBuckets, 'histogram');
    if (family !== undefined) return family;
    const created: TextFamily = { name, type: undefined, help: undefined, lines: [] };
    this.#families.set(name, created);
    return created;
  }

  #declared(name: string, suffix: RegExp, type: MetricType): TextFamily | undefined {
    if (!suffix.test(name)) return undefined;
    const family = this.#families.get(name.replace(suffix, ''));
    return family?.type === type ? family : undefined;
  }
}

/** A gateway drops samples of histograms and summaries in silence that it does not understand. */
function boundRefusal(
  type: MetricType | undefined,
  name: string,
  familyName: string,
  labels: readonly Label[],
): string | undefined {
  const bound = type === undefined ? undefined : bounds[type];
  if (bound === undefined || (name !== familyName && totals.test(name))) return undefined;
  const isBucket = type === 'histogram' && name === `${familyName}_bucket`;
  if (type === 'histogram' && !isBucket) {
    return `expected ${familyName}_bucket, ${familyName}_sum or ${familyName}_count, for ${familyName} is a histogram`;
  }
  const text = labels.find(([label]) => label === bound)?.[1];
  if (text !== undefined && parseBound(text) !== undefined) return undefined;
  return `expected a number as value of label ${bound}, for ${familyName} is a ${type}`;
}

/** As Go reads it, without the hexadecimal and underscored forms. */
function parseBound(text: string): number | undefined {
  return /[pP_xX]/.test(text) ? undefined : parseGoFloat(text);
}
