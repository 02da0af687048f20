import { CompactLabels, LabelNames } from '../model/compact-labels.js';
import type { Labels } from '../model/labels.js';
import { TextPage, TextPages } from '../model/text-pages.js';
import type { TextTable } from '../model/text-table.js';
import type { TargetGroup } from './discovery.js';
import { PlainGroups } from './plain-groups.js';
import { SharedTexts } from './shared-texts.js';
import { labelsOfAddress } from './target-group.js';

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

/** A group and where it ends. */
export interface PlainGroup {
  readonly value: ListedGroup;
  readonly end: number;
}

/** Reads the groups of one list. What they have in common, names and values, is in memory once. */
export class GroupReader {
  readonly #list: GroupList;
  readonly #notation: GroupNotation;
  /** What all groups have of their origin: the name of a label, and the number of its text. */
  readonly #firstNames: LabelNames;
  readonly #origin: number;
  readonly #texts = new SharedTexts();
  /** Of targets that are alone in their group. */
  readonly #addresses = new TextPages();
  readonly #plain: PlainGroups;

  constructor(origin: GroupsOrigin, notation: GroupNotation) {
    const [name, text] = origin.label;
    this.#firstNames = new LabelNames().and(name);
    this.#origin = this.#texts.table.add(text);
    this.#list = { source: origin.source, table: this.#texts.table };
    this.#notation = notation;
    this.#plain = new PlainGroups({
      firstNames: this.#firstNames,
      texts: this.#texts,
      addresses: this.#addresses,
    });
  }

  /** The group in JSON at a place, and where it ends, when it is written plainly. */
  readPlain(bytes: Uint8Array, start: number, index: number): PlainGroup | undefined {
    const values = this.#list.table.length;
    this.#list.table.addAgain(this.#origin);
    const end = this.#plain.read(bytes, start);
    if (end < 0) return undefined;
    const { page, place } = this.#addresses;
    const { names } = this.#plain;
    return { value: new ListedGroup(this.#list, index, page, place, names, values), end };
  }

  /** Throws an Error whose message says where the group is wrong. */
  read(value: unknown, index: number): ListedGroup {
    const notation = this.#notation;
    const at = `group ${index + 1}`;
    if (!notation.isMap(value)) {
      throw new Error(`${at}: expected a mapping with targets and labels`);
    }
    let targets: ListedTargets = none;
    let labels: ListedLabels | undefined;
    for (const name of Object.keys(value)) {
      const known = notation.fieldName(name);
      if (known === 'targets') targets = this.#readTargets(value[name], at);
      else if (known === 'labels') labels = this.#readLabels(value[name], at);
      else
        throw new Error(`${at}: unknown field ${JSON.stringify(name)}, expected targets or labels`);
    }
    labels ??= this.#readLabels(null, at);
    const { names, start } = labels;
    return new ListedGroup(this.#list, index, targets, this.#addresses.place, names, start);
  }

  #readTargets(value: unknown, at: string): ListedTargets {
    if (value === null) return none;
    if (!Array.isArray(value)) throw new Error(`${at}, targets: expected a list of host:port`);
    const addresses = value.map((target, index) => {
      const text = this.#notation.textOf(target);
      if (text === undefined) throw new Error(`${at}, targets, item ${index + 1}: expected a text`);
      return text;
    });
    // A page cannot hold half a character, which makes a target invalid later.
    if (addresses.length !== 1 || halfCharacter.test(addresses[0]!)) {
      return addresses.map(labelsOfAddress);
    }
    // No two groups have the same one: it is not looked for among the others.
    this.#addresses.add(addresses[0]!);
    return this.#addresses.page;
  }

  /** With the origin's. A label with an empty value is no label. */
  #readLabels(written: unknown, at: string): ListedLabels {
    const { isMap, textOf } = this.#notation;
    const start = this.#list.table.length;
    const [ofOrigin] = this.#firstNames.list;
    let names = this.#firstNames;
    this.#list.table.addAgain(this.#origin);
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
    return { names, start };
  }
}

/** What the groups of a list have in common. */
interface GroupList {
  readonly source: string;
  readonly table: TextTable;
}

/** The targets of a group: of one that is alone, as most are, the page that its address stands on. */
type ListedTargets = TextPage | readonly Labels[];

/** From `start` of the table on a value for each name. */
interface ListedLabels {
  readonly names: LabelNames;
  readonly start: number;
}

/**
 * A group of a list, of which there may be ten thousand: its source, its labels and the list of its targets
 * are made when somebody asks.
 */
export class ListedGroup implements TargetGroup {
  readonly #list: GroupList;
  readonly #targets: ListedTargets;
  /** On the page. */
  readonly #address: number;
  readonly #names: LabelNames;
  readonly #start: number;
  #index: number;

  constructor(
    list: GroupList,
    index: number,
    targets: ListedTargets,
    address: number,
    names: LabelNames,
    start: number,
  ) {
    this.#list = list;
    this.#index = index;
    this.#targets = targets;
    this.#address = address;
    this.#names = names;
    this.#start = start;
  }

  get targets(): readonly Labels[] {
    const targets = this.#targets;
    return targets instanceof TextPage ? [labelsOfAddress(targets.read(this.#address))] : targets;
  }

  get targetCount(): number {
    const targets = this.#targets;
    return targets instanceof TextPage ? 1 : targets.length;
  }

  get labels(): Labels {
    return new CompactLabels(this.#names, this.#list.table, this.#start);
  }

  get source(): string {
    return `${this.#list.source}:${this.#index}`;
  }

  /** Where others before it came or went it stays the same group at another place. */
  moveTo(index: number): void {
    this.#index = index;
  }
}

const none: readonly Labels[] = [];
const halfCharacter = /\p{Surrogate}/u;
