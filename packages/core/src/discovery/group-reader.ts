import { CompactLabels, LabelNames } from '../model/compact-labels.js';
import type { Labels } from '../model/labels.js';
import type { TargetGroup } from './discovery.js';
import { SharedTexts } from './shared-texts.js';
import { addressAlone, noLabels } from './target-group.js';

/** How scalars, mappings and field names are spelled where groups are written. */
export interface GroupNotation {
  /** Undefined when the value is no text in this notation. */
  textOf(value: unknown): string | undefined;
  isMap(value: unknown): value is Record<string, unknown>;
  fieldName(name: string): string;
}

/** Where groups come from. */
export interface GroupsOrigin {
  /** Each group's source is this, a colon and its number from 0. */
  readonly source: string;
  /** Put on every group, over a label of the same name. */
  readonly label: readonly [name: string, value: string];
}

/** Reads the groups of one list. What they have in common, names and values, is in memory once. */
export class GroupReader {
  readonly #origin: GroupsOrigin;
  readonly #notation: GroupNotation;
  readonly #noNames = new LabelNames();
  readonly #texts = new SharedTexts();

  constructor(origin: GroupsOrigin, notation: GroupNotation) {
    this.#origin = origin;
    this.#notation = notation;
  }

  /** Throws an Error whose message says where the group is wrong. */
  read(value: unknown, index: number): ListedGroup {
    const notation = this.#notation;
    const at = `group ${index + 1}`;
    if (!notation.isMap(value)) {
      throw new Error(`${at}: expected a mapping with targets and labels`);
    }
    let targets: readonly Labels[] = [];
    let labels: Labels | undefined;
    for (const name of Object.keys(value)) {
      const known = notation.fieldName(name);
      if (known === 'targets') targets = this.#readTargets(value[name], at);
      else if (known === 'labels') labels = this.#readLabels(value[name], at);
      else
        throw new Error(`${at}: unknown field ${JSON.stringify(name)}, expected targets or labels`);
    }
    labels ??= this.#readLabels(null, at);
    return new ListedGroup(this.#origin.source, index, targets, labels);
  }

  #readTargets(value: unknown, at: string): Labels[] {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new Error(`${at}, targets: expected a list of host:port`);
    return value.map((target, index) => {
      const text = this.#notation.textOf(target);
      if (text === undefined) throw new Error(`${at}, targets, item ${index + 1}: expected a text`);
      return this.#labelsOfAddress(text);
    });
  }

  /** With the origin's. A label with an empty value is no label. */
  #readLabels(written: unknown, at: string): Labels {
    const { isMap, textOf } = this.#notation;
    const [ofOrigin, origin] = this.#origin.label;
    const { table } = this.#texts;
    const start = table.length;
    let names = this.#noNames;
    if (written !== null && !isMap(written))
      throw new Error(`${at}, labels: expected a mapping of names to values`);
    const texts = written ?? {};
    for (const name of Object.keys(texts)) {
      if (name === '') throw new Error(`${at}, labels: a label needs a name`);
      const text = textOf(texts[name]);
      if (text === undefined) throw new Error(`${at}, label ${name}: expected a text`);
      if (text === '' || name === ofOrigin) continue;
      names = names.and(name);
      this.#texts.add(text);
    }
    this.#texts.add(origin);
    return new CompactLabels(names.and(ofOrigin), table, start);
  }

  /** No two groups have the same one: it is not looked for among the others. */
  #labelsOfAddress(address: string): Labels {
    if (address === '') return noLabels;
    const { table } = this.#texts;
    table.add(address);
    return new CompactLabels(addressAlone, table, table.length - 1);
  }
}

/**
 * A group of a list. Its source, and the list of its targets where it has one, are made when somebody asks:
 * for ten thousand of them that is a megabyte.
 */
export class ListedGroup implements TargetGroup {
  readonly labels: Labels;
  readonly index: number;
  readonly #listSource: string;
  readonly #onlyTarget: Labels | undefined;
  readonly #targets: readonly Labels[];

  constructor(listSource: string, index: number, targets: readonly Labels[], labels: Labels) {
    this.#listSource = listSource;
    this.index = index;
    this.labels = labels;
    this.#onlyTarget = targets.length === 1 ? targets[0] : undefined;
    this.#targets = targets.length === 1 ? none : targets;
  }

  get targets(): readonly Labels[] {
    return this.#onlyTarget === undefined ? this.#targets : [this.#onlyTarget];
  }

  get source(): string {
    return `${this.#listSource}:${this.index}`;
  }

  /** The same group where others before it came or went. */
  movedTo(index: number): ListedGroup {
    if (index === this.index) return this;
    return new ListedGroup(this.#listSource, index, this.targets, this.labels);
  }
}

const none: readonly Labels[] = [];
