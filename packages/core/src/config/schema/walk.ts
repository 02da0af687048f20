import { z } from 'zod';
import type { ConfigPath } from '../raw-tree.js';
import { leafUnits } from './leaf.js';
import { rootSchema } from './root.js';

/** A schema without what makes it optional or prepares its input. */
export function bareSchema(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return bareSchema(schema.unwrap());
  if (schema instanceof z.ZodPipe) return bareSchema(schema.def.out);
  return schema;
}

/** The fields of a block; undefined for anything else. */
export function fieldsOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const bare = bareSchema(schema);
  return bare instanceof z.ZodObject ? bare.shape : undefined;
}

/** The schema of a list's items; undefined for anything else. */
export function itemOf(schema: unknown): unknown {
  const bare = bareSchema(schema);
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

/** The schema of the values of a mapping whose names are data; undefined for anything else. */
export function entryOf(schema: unknown): unknown {
  const bare = bareSchema(schema);
  return bare instanceof z.ZodRecord ? bare.valueType : undefined;
}

/** The schema of what stands at a path; undefined below maps of data and beyond unknown fields. */
export function schemaAt(path: ConfigPath): unknown {
  let schema: unknown = rootSchema;
  for (const step of path) {
    schema =
      typeof step === 'number' ? itemOf(schema) : (entryOf(schema) ?? fieldsOf(schema)?.[step]);
  }
  return bareSchema(schema);
}

/** `scrape_interval` is `scrapeIntervalMs` in TypeScript options: numbers carry their unit. */
export function optionName(yamlName: string, schema: unknown): string {
  const camelCase = yamlName.replace(/_([a-z\d])/g, (_, next: string) => next.toUpperCase());
  const bare = bareSchema(schema);
  const suffix = bare instanceof z.ZodType ? leafUnits.get(bare as never)?.suffix : undefined;
  // `max_bytes` has it already.
  return suffix === undefined || camelCase.endsWith(suffix) ? camelCase : camelCase + suffix;
}

let names: Map<string, string> | undefined;

/** The names of all fields in TypeScript options, by their YAML names. */
export function optionNames(): ReadonlyMap<string, string> {
  names ??= collectNames(rootSchema, new Map());
  return names;
}

function collectNames(schema: unknown, into: Map<string, string>): Map<string, string> {
  for (const [name, field] of Object.entries(fieldsOf(schema) ?? {})) {
    into.set(name, optionName(name, field));
    collectNames(itemOf(field) ?? entryOf(field) ?? field, into);
  }
  return into;
}
