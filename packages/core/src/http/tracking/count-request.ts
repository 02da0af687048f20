import type { HttpRecorder, RequestEnd } from '../recorder/http-recorder.js';
import { overflowRoute } from '../recorder/series-of-requests.js';
import type { AppPrototypes } from './app-prototypes.js';

/** A route that is not recorded. */
export const excludedRoute = -1;

export interface TrackOptions<Request> {
  readonly recorder: HttpRecorder;
  /** The route a request took, asked when its response is over; {@link excludedRoute}: not counted. */
  routeIdOf(request: Request, statusCode: number): number;
  /** Told of what {@link routeIdOf} throws: the app must not hear of it. */
  onError(error: unknown): void;
  /** The prototypes that a listener of the server's requests gives them; undefined: none. */
  prototypesOf?(listener: unknown): AppPrototypes | undefined;
}

/**
 * Counts a request that is over, once. Where a function of the app's that names its route or its labels
 * throws, that is told of, and the request counts among those without a series of their own.
 */
export function countRequest<Request>(
  { recorder, routeIdOf, onError }: TrackOptions<Request>,
  number: number,
  request: Request,
  status: number,
  end: RequestEnd,
): void {
  let routeId = overflowRoute;
  try {
    routeId = routeIdOf(request, status);
  } catch (error) {
    onError(error);
  }
  if (routeId === excludedRoute) recorder.cancel(number);
  else recorder.end(number, routeId, status, end);
}
