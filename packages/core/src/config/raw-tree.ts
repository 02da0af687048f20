import type { Position } from './problems/config-problem.js';

/** A YAML scalar that is not null, unresolved: what it means depends on the field it stands for. */
export class WrittenScalar {
  readonly text: string;
  /** Without quotes and without a tag that makes it text: it may be a number or true. */
  readonly plain: boolean;

  constructor(text: string, plain: boolean) {
    this.text = text;
    this.plain = plain;
  }
}

export type ConfigPath = readonly (string | number)[];

/** Where a child of a map or list comes from. */
export interface Origin {
  readonly key?: Position;
  readonly value?: Position;
  /** The camelCase name its author used, when it comes from TypeScript options. */
  readonly optionName?: string;
}

/**
 * A configuration as written, before the schema: null, {@link WrittenScalar}s or values of
 * TypeScript options, in lists and in objects under Prometheus' YAML names.
 */
export class RawTree {
  root: unknown = null;
  readonly file: string | undefined;
  rootPosition: Position | undefined;
  /** Where a second YAML document starts, which is not read. */
  second: Position | undefined;
  readonly #origins = new WeakMap<object, Map<string | number, Origin>>();

  constructor(file: string | undefined) {
    this.file = file;
  }

  setOrigin(container: object, key: string | number, origin: Origin): void {
    let children = this.#origins.get(container);
    if (children === undefined) {
      children = new Map();
      this.#origins.set(container, children);
    }
    children.set(key, origin);
  }

  originOf(container: unknown, key: string | number): Origin | undefined {
    if (typeof container !== 'object' || container === null) return undefined;
    return this.#origins.get(container)?.get(key);
  }

  /** The origins of each step of a path, as far as the tree reaches. */
  originsAlong(path: ConfigPath): (Origin | undefined)[] {
    let container = this.root;
    return path.map((key) => {
      const origin = this.originOf(container, key);
      container = childOf(container, key);
      return origin;
    });
  }

  valueAt(path: ConfigPath): unknown {
    return path.reduce<unknown>(childOf, this.root);
  }
}

function childOf(container: unknown, key: string | number): unknown {
  if (typeof container !== 'object' || container === null || !Object.hasOwn(container, key)) {
    return undefined;
  }
  return (container as Record<string | number, unknown>)[key];
}
