// Members are read as Go's encoding/json reads them into a struct, which is what Prometheus does: the
// case of a field's name does not matter, null is the field's zero value, unknown fields are passed over,
// and a value of another type refuses the whole.

/** Reads a JSON object (or null); throws an Error when the text is something else. */
export function parseFields(text: string): Fields {
  return new Fields(JSON.parse(text), 'the member');
}

/** The fields of one JSON object. */
export class Fields {
  readonly #fields = new Map<string, unknown>();
  readonly #where: string;

  constructor(value: unknown, where: string) {
    this.#where = where;
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new Error(`${where} is no JSON object`);
    }
    for (const [name, field] of Object.entries(value)) {
      // A null leaves what a field of the same name has set before.
      if (field !== null) this.#fields.set(name.toLowerCase(), field);
    }
  }

  /** Default: empty. */
  text(name: string): string {
    const value = this.#fields.get(name.toLowerCase()) ?? '';
    if (typeof value !== 'string') throw new Error(`${name} of ${this.#where} is no text`);
    return value;
  }

  /** Default: 0. */
  integer(name: string): number {
    const value = this.#fields.get(name.toLowerCase()) ?? 0;
    if (!Number.isSafeInteger(value)) throw new Error(`${name} of ${this.#where} is no integer`);
    return value as number;
  }

  /** Default: one without fields. */
  object(name: string): Fields {
    return new Fields(this.#fields.get(name.toLowerCase()), name);
  }

  /** The entries of a map of objects, names as they are written. Default: none. */
  objects(name: string): [name: string, fields: Fields][] {
    const value = this.#fields.get(name.toLowerCase()) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new Error(`${name} of ${this.#where} is no JSON object`);
    }
    return Object.entries(value as object).map(([key, field]) => [key, new Fields(field, key)]);
  }
}
