import type { Labels } from './label-table.js';

/** nginx's status for a client that went away before it had its answer. */
export const clientClosedRequest = 499;

/** Status labels a service may show (place 0 is kept free); its further ones overflow. */
export const statusPlaces = 64;

/** Status codes by their place in a route's row of series. Codes with the same labels have one place. */
export class StatusPlaces {
  readonly #labelsOf: (statusCode: number) => Labels;
  /** Status code → place; 0: not seen yet, or there are too many. */
  readonly #places = new Uint8Array(1000);
  readonly #keys: string[] = [''];
  readonly #labels: Labels[] = [{}];

  /** `labelsOf`: what a code is shown as. */
  constructor(labelsOf: (statusCode: number) => Labels) {
    this.#labelsOf = labelsOf;
  }

  /** 0 for a code that {@link take} has not given a place. */
  placeOf(statusCode: number): number {
    return this.#places[statusCode] ?? 0;
  }

  /** Gives the code a place; 0 when it is no status code or there are too many. */
  take(statusCode: number): number {
    if (this.#places[statusCode] === undefined) return 0;
    const labels = this.#labelsOf(statusCode);
    const key = JSON.stringify(labels);
    const known = this.#keys.indexOf(key, 1);
    if (known < 0 && this.#keys.length >= statusPlaces) return 0;
    const place = known < 0 ? this.#keys.push(key) - 1 : known;
    this.#labels[place] = labels;
    this.#places[statusCode] = place;
    return place;
  }

  labelsAt(place: number): Labels {
    return this.#labels[place] ?? {};
  }
}
