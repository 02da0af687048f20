import { KnownValues } from './known-values.js';
import type { SymbolTable } from './symbol-table.js';
import type { ValueTemplate } from './value-template.js';

/** Series between two parts that stay, fewer than this share of a part, go with the second. */
const smallShare = 4;

/**
 * The parts of a layout when another takes its place: a few series came or went, and where none did the
 * templates stay as they are. Of the other series it is known what their values were like.
 */
export class FormerParts {
  readonly #refs: Int32Array;
  readonly #templates: readonly ValueTemplate[];
  /** By its first ref: which template, and where its refs begin. */
  readonly #starts = new Map<number, { template: ValueTemplate; at: number }>();
  #values: KnownValues | undefined;

  /**
   * @param refs of all their samples, in their order
   * @param symbols the table that templates must have to stay; undefined: none stays
   */
  constructor(
    refs: Int32Array,
    templates: readonly ValueTemplate[],
    symbols: SymbolTable | undefined,
  ) {
    this.#refs = refs;
    this.#templates = templates;
    let at = 0;
    for (const template of templates) {
      if (template.symbols === symbols) this.#starts.set(refs[at]!, { template, at });
      at += template.samples;
    }
  }

  /** What was known of values holds for longer than refs stand for the same series. */
  letGoOfParts(): void {
    this.#starts.clear();
  }

  /** The template of exactly the series from `from` on. */
  partAt(refs: Int32Array, from: number, to: number): ValueTemplate | undefined {
    const start = this.#starts.get(refs[from]!);
    if (start === undefined) return undefined;
    const { template, at } = start;
    if (from + template.samples > to) return undefined;
    for (let i = 0; i < template.samples; i++) {
      if (refs[from + i] !== this.#refs[at + i]) return undefined;
    }
    return template;
  }

  /** Where the series end, from `from` on, that belong to no template that stays. */
  endOfOthers(refs: Int32Array, from: number, to: number, samplesPerPart: number): number {
    for (let at = from + 1; at < to; at++) {
      const template = this.partAt(refs, at, to);
      if (template === undefined) continue;
      return at - from < samplesPerPart / smallShare ? at + template.samples : at;
    }
    return to;
  }

  /** Of values that are in no such template: see {@link KnownValues}. */
  get values(): KnownValues | undefined {
    if (this.#templates[0]?.isLasting) {
      this.#values ??= new KnownValues(this.#refs, this.#templates);
    }
    return this.#values;
  }
}
