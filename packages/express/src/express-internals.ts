/*
 * What Express 4 and 5 keep of their routes, as far as it is read here; read and called, never
 * changed. Their documentation does not cover it, so everything is optional.
 */

/** A step of a router: a route, a mounted router, a middleware. */
export interface Layer {
  readonly route?: object | undefined;
  readonly handle?: unknown;
  /** What `use` or `route` was given; router 2.3 (Express 5) has it. */
  readonly rawPath?: unknown;
  /** What `use` was given, or was made of it (Express 4). */
  readonly regexp?: RegExp | undefined;
  /** One for each path that `use` was given (Express 5): all that routers before 2.3 keep of it. */
  readonly matchers?: readonly Matcher[] | undefined;
  /** Router 2.3 answers with what matched, older ones with true and leave it in the layer. */
  readonly match?: (path: string) => boolean | { path: string; params: Params };
  readonly path?: string | undefined;
  readonly params?: Params | undefined;
}

export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a layer makes of one of its paths. */
export type Matcher = (path: string) => { path: string; params: Params } | false;

export interface App {
  readonly parent?: App | undefined;
  readonly mountpath?: unknown;
}

/** The layers of a router or an app; empty for any other function. */
export function layersOf(handle: unknown): readonly Layer[] {
  if (typeof handle !== 'function') return [];
  const { stack, _router } = handle as { stack?: unknown; _router?: unknown };
  if (Array.isArray(stack)) return stack;
  if (_router !== undefined) return layersOf(_router);
  if (!('mountpath' in handle)) return [];
  try {
    return layersOf((handle as { router?: unknown }).router);
  } catch {
    // An app of Express 4 without any layer: its `router` throws that it is deprecated.
    return [];
  }
}

/** So ends what path-to-regexp 0.1 makes of a text that a router is mounted with. */
const endOfMount = '(?=\\/|$)';

/** The regular expression that a router of Express 4 was mounted with; undefined where it was a text. */
export function mountExpression({ regexp }: Layer): RegExp | undefined {
  return regexp?.source.endsWith(endOfMount) === false ? regexp : undefined;
}

/** Whether a router was mounted with a list that is not kept: by Express 4, or a router before 2.3. */
export function isMountList({ rawPath, regexp, matchers = [] }: Layer): boolean {
  if (rawPath !== undefined) return false;
  return matchers.length > 1 || regexp?.source.includes(`${endOfMount}|`) === true;
}

/**
 * Of what a router of Express 5 was mounted with, that which takes the path, where the router does not keep
 * what it was.
 */
export function matcherOf({ rawPath, matchers }: Layer, path: string): Matcher | undefined {
  return rawPath === undefined ? matchers?.find((match) => match(path) !== false) : undefined;
}

/** That of a regular expression is a closure: its name alone tells. */
export function isExpression(matcher: Matcher): boolean {
  return matcher.name === 'regexpMatcher';
}

/** What of a path a layer takes, and the parameters in it; undefined when it does not match. */
export function matchLayer(
  layer: Layer,
  path: string,
): { path: string; params: Params } | undefined {
  try {
    const match = layer.match?.(path);
    if (!match) return undefined;
    if (match !== true) return match;
    return { path: layer.path ?? '', params: layer.params ?? {} };
  } catch {
    // A path with a broken escape matches nothing; Express has answered it with 400.
    return undefined;
  }
}
