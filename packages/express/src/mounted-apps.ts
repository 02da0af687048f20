import type { Request } from 'express';
import { type App, type Layer, layersOf, matchLayer } from './express-internals.js';

/** So many requests in a row into what is mounted that lead to no app that was not known. */
const mostInVain = 1000;

/**
 * The apps that are mounted in an app (`app.use('/shop', express())`). Express keeps of one only a
 * function around it, and once an error has left it no request says where it was. So requests that go
 * into such mounts tell as they pass, until nothing new comes of it.
 */
export class MountedApps {
  readonly #app: App;
  readonly #known = new Set<App>();
  #mounts: readonly Layer[] = [];
  #inVain = 0;

  constructor(app: App) {
    this.#app = app;
    this.lookAgain();
  }

  get known(): Iterable<App> {
    return this.#known;
  }

  /** To call before a request is routed. `path`: below the app. */
  watch(request: Request, path: string): void {
    if (!this.#mounts.some((layer) => matchLayer(layer, path) !== undefined)) return;
    this.#inVain++;
    if (this.#inVain > mostInVain) this.#mounts = [];
    let route: unknown;
    // Set by each router for each of its routes that the path leads to, while the app is there.
    Object.defineProperty(request, 'route', {
      configurable: true,
      enumerable: true,
      get: () => route,
      set: (value: unknown) => {
        route = value;
        this.add(request.app);
      },
    });
  }

  get isWatching(): boolean {
    return this.#mounts.length > 0;
  }

  add(answering: App): void {
    for (let one: App | undefined = answering; one && one !== this.#app; one = one.parent) {
      if (this.#known.has(one)) continue;
      this.#known.add(one);
      this.#inVain = 0;
    }
  }

  /** There is an app that is not known: it may have been mounted since. */
  lookAgain(): void {
    this.#inVain = 0;
    this.#mounts = layersOf(this.#app).filter((layer) => leadsToApp(layer, new Set()));
  }
}

/** By the name of the function around it, in Express 4 and 5. `seen`: routers may be mounted in themselves. */
function leadsToApp({ handle, route }: Layer, seen: Set<unknown>): boolean {
  if (route !== undefined || typeof handle !== 'function' || seen.has(handle)) return false;
  if (handle.name === 'mounted_app') return true;
  seen.add(handle);
  return layersOf(handle).some((layer) => leadsToApp(layer, seen));
}
