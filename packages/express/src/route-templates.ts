import type { Request } from 'express';
import { type App, isMountList, type Layer, layersOf, matchLayer } from './express-internals.js';
import { mountTemplate } from './mount-template.js';
import { MountedApps } from './mounted-apps.js';

/** The way from an app to one of its routes. */
interface RouteChain {
  /** Template of the app itself where it is mounted in others. */
  readonly prefix: string;
  readonly mounts: readonly Layer[];
  readonly routeLayer: Layer;
}

export interface KnownRoute {
  readonly chains: readonly RouteChain[];
  /** Set once for a route that is reached in one way only. */
  template: string | undefined;
  /** Of the last request that was counted with an id to keep, and the id; for who counts. */
  method: string | undefined;
  id: number;
}

/** Routers may be mounted in themselves, */
const deepestMount = 32;
/** and in each other, in more ways than can be gone: an event loop has other things to do. */
const mostLayers = 20_000;

/**
 * Finds the template of the route that answered a request. Express says which route it was, but of
 * the routers around it only the concrete path (`/org/7`), and that only until an error leaves them:
 * so the route is looked up among the app's layers, once.
 */
export class RouteTemplates {
  readonly #app: App;
  readonly #known = new WeakMap<object, KnownRoute>();
  readonly #unknown = new WeakSet<object>();
  readonly #mounted: MountedApps;

  /** `app` is where the agent is mounted. */
  constructor(app: App) {
    this.#app = app;
    this.#mounted = new MountedApps(app);
  }

  /** To call before a request is routed. */
  watch(request: Request): void {
    if (!this.#mounted.isWatching) return;
    this.#mounted.watch(request, withoutPrefix(pathOf(request.originalUrl), prefixOf(this.#app)));
  }

  /** Undefined: no route. */
  routeOf(request: Request): KnownRoute | undefined {
    const route: object | undefined = request.route;
    if (route === undefined) return undefined;
    return this.#known.get(route) ?? this.#find(route, request.app);
  }

  /** Undefined for a route that cannot be found. */
  templateOf(known: KnownRoute, request: Request): string | undefined {
    if (known.template !== undefined) return known.template;
    const path = pathOf(request.originalUrl);
    for (const chain of known.chains) {
      const template = templateOfChain(chain, path);
      if (template === undefined) continue;
      // What was mounted with a list has a template for each way to it.
      const isOnly = known.chains.length === 1 && !chain.mounts.some(isMountList);
      if (isOnly) known.template = template;
      return template;
    }
    return undefined;
  }

  /** Looks from the agent's app, then from those that are mounted in it: the one that answers, and others. */
  #find(route: object, answering: App): KnownRoute {
    this.#mounted.add(answering);
    for (const start of [this.#app, ...this.#mounted.known]) {
      const chains: RouteChain[] = [];
      const search = { route, prefix: prefixOf(start), chains, layersLeft: mostLayers };
      collectChains(search, layersOf(start), []);
      if (chains.length > 0) {
        const known = knownRoute(chains);
        this.#known.set(route, known);
        return known;
      }
    }
    if (!this.#unknown.has(route)) this.#mounted.lookAgain();
    this.#unknown.add(route);
    return knownRoute([]);
  }
}

function knownRoute(chains: readonly RouteChain[]): KnownRoute {
  return { chains, template: undefined, method: undefined, id: 0 };
}

interface Search {
  readonly route: object;
  readonly prefix: string;
  readonly chains: RouteChain[];
  layersLeft: number;
}

function collectChains(search: Search, layers: readonly Layer[], mounts: readonly Layer[]): void {
  if (mounts.length > deepestMount) return;
  for (const layer of layers) {
    if (search.layersLeft-- <= 0) return;
    if (layer.route === search.route) {
      search.chains.push({ prefix: search.prefix, mounts, routeLayer: layer });
    } else if (layer.route === undefined) {
      collectChains(search, layersOf(layer.handle), [...mounts, layer]);
    }
  }
}

/** Undefined when the path did not come this way, or a mount's template is not known. */
function templateOfChain(
  { prefix, mounts, routeLayer }: RouteChain,
  path: string,
): string | undefined {
  let rest = withoutPrefix(path, prefix);
  let template = prefix;
  for (const layer of mounts) {
    const taken = matchLayer(layer, rest)?.path;
    const part = taken === undefined ? undefined : mountTemplate(layer, taken);
    if (taken === undefined || part === undefined) return undefined;
    template += part;
    rest = rest.slice(taken.length).replace(/^(?!\/)/, '/');
  }
  if (matchLayer(routeLayer, rest) === undefined) return undefined;
  const { path: own } = routeLayer.route as { path?: unknown };
  // A list or a regular expression in its own spelling: one label per route, whatever matched.
  return template + (own === '/' ? '' : String(own)) || '/';
}

function prefixOf(app: App): string {
  if (app.parent === undefined) return '';
  const own = String(app.mountpath).replace(/\/+$/, '');
  return prefixOf(app.parent) + own;
}

/** The path without as many segments as the prefix has. */
function withoutPrefix(path: string, prefix: string): string {
  const segments = prefix.split('/').length;
  return `/${path.split('/').slice(segments).join('/')}`;
}

function pathOf(url: string): string {
  // An absolute URL in the request line is allowed to clients of proxies.
  const path = url.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  return path === '' ? '/' : path;
}
