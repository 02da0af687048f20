import type { Clock } from '../../clock.js';
import { type Labels, LabelTable } from './label-table.js';
import { overflowSeries, type SeriesLimits, SeriesTable } from './series-table.js';
import { StatusPlaces, statusPlaces } from './status-places.js';

/** Of a route that is one too many: all it counts overflows. */
export const overflowRoute = 0;

/** What a cell holds while its series is not known, and when there was no room for one. */
const unknown = 0;
const full = -1;

export interface RequestLabels {
  /** Of what is known of a route: method, template, labels the app added. */
  readonly routeNames: readonly string[];
  /** Of what a status code is shown as. */
  readonly statusNames: readonly string[];
  statusLabels(statusCode: number): Labels;
}

/** Route and status code → series: one look into a table, once the pair is known. */
export class SeriesOfRequests {
  readonly table: SeriesTable;
  /** Rises when the number of a transient route becomes free. */
  generation = 0;
  readonly #routes: LabelTable;
  readonly #transient = new Set<number>();
  readonly #statuses: StatusPlaces;
  /** `routeId * statusPlaces + place` → series. */
  #seriesOf: Int32Array<ArrayBufferLike> = new Int32Array(32 * statusPlaces);

  constructor(labels: RequestLabels, limits: SeriesLimits, clock: Clock) {
    const { routeNames, statusNames } = labels;
    this.table = new SeriesTable([...routeNames, ...statusNames], limits, clock);
    this.#routes = new LabelTable(routeNames, limits.maxSeries);
    this.#statuses = new StatusPlaces((code) => labels.statusLabels(code));
  }

  /**
   * The small number of a route. A transient one (its labels come from requests) is for at once, not to
   * be kept: when its series are gone it is another's.
   */
  route(labels: Labels, isTransient: boolean): number {
    const found = this.#routes.find(labels);
    if (found !== 0) return found;
    const id = this.#routes.add(labels);
    if (isTransient && id !== overflowRoute) this.#transient.add(id);
    if (this.#seriesOf.length < (id + 1) * statusPlaces) this.#growTable();
    return id;
  }

  labelsOfRoute(routeId: number): Labels {
    return this.#routes.labelsOf(routeId) ?? {};
  }

  series(routeId: number, statusCode: number): number {
    const place = this.#statuses.placeOf(statusCode);
    const series = this.#seriesOf[routeId * statusPlaces + place] as number;
    // The cells of place 0 and of route 0 stay unknown.
    if (series > 0) return series;
    return series === full ? overflowSeries : this.#addSeries(routeId, statusCode);
  }

  /** Forgets series that the table has removed. */
  forget(removed: readonly number[]): void {
    if (removed.length === 0) return;
    const gone = new Set(removed);
    for (let cell = 0; cell < this.#seriesOf.length; cell++) {
      const series = this.#seriesOf[cell] as number;
      // There is room again.
      if (series === full || gone.has(series)) this.#seriesOf[cell] = unknown;
    }
    for (const routeId of this.#transient) {
      const from = routeId * statusPlaces;
      const isUsed = this.#seriesOf
        .subarray(from, from + statusPlaces)
        .some((id) => id !== unknown);
      if (isUsed) continue;
      this.#transient.delete(routeId);
      this.#routes.remove(routeId);
      this.generation++;
    }
  }

  clear(): void {
    this.table.clear();
    this.#seriesOf.fill(unknown);
  }

  #addSeries(routeId: number, statusCode: number): number {
    const place = this.#statuses.take(statusCode);
    const route = this.#routes.labelsOf(routeId);
    if (place === 0 || route === undefined) return overflowSeries;
    const series = this.table.take({ ...route, ...this.#statuses.labelsAt(place) });
    this.#seriesOf[routeId * statusPlaces + place] = series === overflowSeries ? full : series;
    return series;
  }

  #growTable(): void {
    const larger = new Int32Array(this.#seriesOf.length * 2);
    larger.set(this.#seriesOf);
    this.#seriesOf = larger;
  }
}
