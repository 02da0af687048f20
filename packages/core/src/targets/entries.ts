import type { TargetGroup } from '../discovery/discovery.js';
import { NumberList } from '../model/number-list.js';
import type { TextPage, TextPair } from '../model/text-pages.js';
import { BuiltTarget } from './built-target.js';
import type { TargetProblem } from './check-labels.js';
import type { FoundTarget } from './found-target.js';
import type { TargetSettings } from './target-settings.js';

/**
 * What became of the found targets of a job, each in a row that is its until it is freed. An object for each of ten thousand that come at
 * once would be what the garbage collector copies, twice, while the host's event loop waits.
 */
export class Entries {
  readonly #groups: (TargetGroup | undefined)[] = [];
  readonly #places = new NumberList();
  /** Of those that are no targets the problem. */
  readonly #settings: (TargetSettings | TargetProblem | undefined)[] = [];
  /** Where URL and labels stand; of those that are no targets undefined. */
  readonly #pages: (TextPage | undefined)[] = [];
  readonly #urlPlaces = new NumberList();
  /** Of those that are no targets empty. */
  readonly #ids: string[] = [];
  readonly #freed: number[] = [];
  #end = 0;

  /** Returns its row. */
  addTarget(found: FoundTarget, id: string, settings: TargetSettings, texts: TextPair): number {
    const row = this.#addRow(found, settings);
    this.#pages[row] = texts.page;
    this.#urlPlaces.set(row, texts.place);
    this.#ids[row] = id;
    return row;
  }

  /** Returns its row. */
  addProblem(found: FoundTarget, problem: TargetProblem): number {
    const row = this.#addRow(found, problem);
    this.#pages[row] = undefined;
    this.#urlPlaces.set(row, 0);
    this.#ids[row] = '';
    return row;
  }

  free(row: number): void {
    this.#freed.push(row);
    this.#groups[row] = undefined;
    this.#settings[row] = undefined;
    this.#pages[row] = undefined;
    this.#ids[row] = '';
  }

  /** Undefined for a target. */
  problemOf(row: number): TargetProblem | undefined {
    return this.#pages[row] === undefined ? (this.#settings[row] as TargetProblem) : undefined;
  }

  /** Of a target. */
  settingsOf(row: number): TargetSettings {
    return this.#settings[row] as TargetSettings;
  }

  /** Of a target. */
  idOf(row: number): string {
    return this.#ids[row]!;
  }

  groupOf(row: number): TargetGroup {
    return this.#groups[row]!;
  }

  /** In its group. */
  placeOf(row: number): number {
    return this.#places.at(row);
  }

  foundAt(row: number): FoundTarget {
    return { group: this.#groups[row]!, place: this.#places.at(row) };
  }

  targetAt(row: number): BuiltTarget {
    const texts = { page: this.#pages[row]!, place: this.#urlPlaces.at(row) };
    return new BuiltTarget(this.#ids[row]!, this.foundAt(row), this.settingsOf(row), texts);
  }

  #addRow({ group, place }: FoundTarget, settings: TargetSettings | TargetProblem): number {
    const row = this.#freed.pop() ?? this.#end++;
    this.#groups[row] = group;
    this.#places.set(row, place);
    this.#settings[row] = settings;
    return row;
  }
}
