import type { EscapingScheme } from '../exposition/content-type.js';
import { escapedName } from '../exposition/render/escape-name.js';
import {
  isPlainMetricName,
  labelNameText,
  metricNameText,
} from '../exposition/render/text-format.js';

const comma = 0x2c;
const brace = 0x7b;

/** The text before a sample's labels, as bytes. */
export class SampleName {
  /** For a sample without labels, up to its value. */
  readonly bare: Uint8Array;
  /** Up to the first label and what stands before it. */
  readonly open: Uint8Array;
  /** What stands before the first label: a brace or, behind a name in braces, a comma. */
  readonly separator: number;

  constructor(name: string) {
    // A name that is not plain stands among the labels.
    const isPlain = isPlainMetricName(name);
    const text = metricNameText(name);
    this.bare = Buffer.from(isPlain ? `${text} ` : `{${text}} `);
    this.open = Buffer.from(isPlain ? text : `{${text}`);
    this.separator = isPlain ? brace : comma;
  }

  /** Up to the next label, with `name="value"` as the first. */
  with(label: string, value: string): Uint8Array {
    const separator = Uint8Array.of(this.separator);
    return Buffer.concat([this.open, separator, Buffer.from(`${label}="${value}"`)]);
  }
}

/** Names of labels with what stands around them: `,name="`. */
export class LabelNames {
  readonly #escaping: EscapingScheme;
  readonly #opens = new Map<string, Uint8Array>();

  constructor(escaping: EscapingScheme) {
    this.#escaping = escaping;
  }

  open(name: string): Uint8Array {
    let open = this.#opens.get(name);
    if (open === undefined) {
      const text = labelNameText(escapedName(name, this.#escaping));
      open = Buffer.concat([Uint8Array.of(comma), Buffer.from(`${text}="`)]);
      this.#opens.set(name, open);
    }
    return open;
  }
}
