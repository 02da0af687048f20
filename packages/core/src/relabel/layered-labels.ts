import { CompactLabels, type LabelNames } from '../model/compact-labels.js';
import { compareUtf8, type Labels } from '../model/labels.js';
import type { ChangeableLabels } from './changeable-labels.js';

/** Names one after another may have before it forgets them: relabelling may make names of addresses. */
const mostNames = 1_000;

/**
 * One label set after another, each made of several that lie over one another, and changed by rules. A
 * name has a place here that it keeps from set to set, so that a set costs neither a Map nor a copy.
 */
export class LayeredLabels implements ChangeableLabels {
  #names: string[] = [];
  readonly #places = new Map<string, number>();
  /** Places in the order of the bytes of their names. */
  #sorted: readonly number[] | undefined = [];
  readonly #placesOf = new Map<LabelNames, readonly number[]>();
  /** By who asks, and by place. */
  readonly #answers = new Map<(name: string) => boolean, boolean[]>();
  /** By place; empty where there is no label. */
  readonly #values: string[] = [];
  readonly #isSet: boolean[] = [];
  /** Places with a value from beneath, and those that were set, in this order. */
  readonly #beneath = new Places();
  readonly #set = new Places();

  /** An empty set. What stands at a place may be another name from now on: see {@link names}. */
  reset(): void {
    for (let i = 0; i < this.#beneath.count; i++) this.#clear(this.#beneath.at(i));
    for (let i = 0; i < this.#set.count; i++) this.#clear(this.#set.at(i));
    this.#beneath.count = 0;
    this.#set.count = 0;
    if (this.#names.length > mostNames) this.#forgetNames();
  }

  /** Puts labels beneath those that are there. */
  addBeneath(labels: Labels): void {
    if (labels instanceof CompactLabels) {
      const places = this.#placesOf.get(labels.names) ?? this.#learn(labels.names);
      for (let i = 0; i < places.length; i++) this.#addBeneath(places[i]!, labels.at(i));
    } else {
      labels.forEach((value, name) => {
        this.#addBeneath(this.#placeOf(name), value);
      });
    }
  }

  get(name: string): string {
    const place = this.#places.get(name);
    return place === undefined ? '' : this.#values[place]!;
  }

  set(name: string, value: string): void {
    const place = this.#placeOf(name);
    if (!this.#isSet[place]) {
      this.#isSet[place] = true;
      this.#set.add(place);
    } else if (this.#values[place] === '' && value !== '') {
      // A deleted label that comes back stands last.
      this.#set.remove(place);
      this.#set.add(place);
    }
    this.#values[place] = value;
  }

  matchingNames(matches: (name: string) => boolean): string[] {
    const answers = this.#answersOf(matches);
    const names: string[] = [];
    const { sortedPlaces } = this;
    for (let i = 0; i < sortedPlaces.length; i++) {
      const place = sortedPlaces[i]!;
      if (!answers[place] || this.#isSet[place] || this.#values[place] === '') continue;
      names.push(this.#names[place]!);
    }
    for (let i = 0; i < this.#set.count; i++) {
      const place = this.#set.at(i);
      if (answers[place] && this.#values[place] !== '') names.push(this.#names[place]!);
    }
    return names;
  }

  /** All names seen, by place: another list when places have other names. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** By place; empty where there is no label. */
  get values(): readonly string[] {
    return this.#values;
  }

  /** All places in the order of the bytes of their names. */
  get sortedPlaces(): readonly number[] {
    const names = this.#names;
    this.#sorted ??= names.map((_, i) => i).sort((a, b) => compareUtf8(names[a]!, names[b]!));
    return this.#sorted;
  }

  /** The names of all labels that are there now. */
  keys(): string[] {
    return this.#names.filter((_, place) => this.#values[place] !== '');
  }

  labels(): Map<string, string> {
    return new Map(this.keys().map((name) => [name, this.get(name)]));
  }

  /** By place. A rule asks the same of the names of each set. */
  #answersOf(matches: (name: string) => boolean): readonly boolean[] {
    let answers = this.#answers.get(matches);
    if (answers === undefined) {
      answers = [];
      this.#answers.set(matches, answers);
    }
    for (let i = answers.length; i < this.#names.length; i++)
      answers.push(matches(this.#names[i]!));
    return answers;
  }

  #forgetNames(): void {
    this.#answers.clear();
    this.#names = [];
    this.#sorted = [];
    this.#places.clear();
    this.#placesOf.clear();
    this.#values.length = 0;
    this.#isSet.length = 0;
  }

  #clear(place: number): void {
    this.#values[place] = '';
    this.#isSet[place] = false;
  }

  #addBeneath(place: number, value: string): void {
    if (this.#values[place] !== '' || value === '') return;
    this.#values[place] = value;
    this.#beneath.add(place);
  }

  #learn(names: LabelNames): readonly number[] {
    const places = names.list.map((name) => this.#placeOf(name));
    if (this.#placesOf.size > mostNames) this.#placesOf.clear();
    this.#placesOf.set(names, places);
    return places;
  }

  #placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.#names.push(name) - 1;
    this.#places.set(name, place);
    this.#values.push('');
    this.#isSet.push(false);
    this.#sorted = undefined;
    return place;
  }
}

/** A list that keeps its memory when it is emptied. */
class Places {
  count = 0;
  readonly #places: number[] = [];

  at(index: number): number {
    return this.#places[index]!;
  }

  add(place: number): void {
    this.#places[this.count++] = place;
  }

  remove(place: number): void {
    this.#places.splice(this.#places.indexOf(place), 1);
    this.count--;
  }
}
