import { z } from 'zod';
import { WrittenScalar } from '../raw-tree.js';

/** Fields that a block knows by name and refuses, each kind with its own words. */
export interface RefusedFields {
  /** Prometheus has them, prom-agent not yet. */
  readonly prometheus?: readonly string[];
  /** Service discoveries of Prometheus that prom-agent does not have. */
  readonly discoveries?: readonly string[];
  /** prom-agent's own that this version does not have. */
  readonly own?: readonly string[];
}

export const refusedFields = z.registry<RefusedFields>();

/** A mapping with known fields and no others. */
export function block<const S extends z.ZodRawShape>(shape: S, refused: RefusedFields = {}) {
  return mapping(z.strictObject(shape).register(refusedFields, refused));
}

/** A {@link block} with a check over its fields together, made when each by itself is right. */
export function checkedBlock<const S extends z.ZodRawShape>(
  shape: S,
  check: (value: BlockOutput<S>, report: ReportField) => void,
  refused: RefusedFields = {},
) {
  const schema = z.strictObject(shape).superRefine((value, ctx) => {
    check(value, (name, message) => ctx.addIssue({ code: 'custom', path: [name], message }));
  });
  return mapping(schema.register(refusedFields, refused));
}

/** What a block of these fields gives. */
export type BlockOutput<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>>;

/** A list; a name with nothing after it is an empty one. */
export function list<const T extends z.ZodType>(item: T) {
  return z.array(item).nullish();
}

/** Says in a sentence what is wrong with a field; {@link fieldName} marks names in the sentence. */
export type ReportField = (name: string, message: string) => void;

// zod takes any object for a mapping: a scalar, which is one here, and a Map, whose names it does not see.
function mapping<T extends z.ZodType>(schema: T) {
  return z.preprocess(
    (value) => (value instanceof WrittenScalar || value instanceof Map ? 'no mapping' : value),
    schema,
  );
}

/** Marks a field's YAML name in a sentence; {@link spellFields} shows it as its author spells it. */
export function fieldName(name: string): string {
  return `\u0001${name}\u0001`;
}

export function spellFields(sentence: string, spell: (name: string) => string): string {
  return sentence
    .split('\u0001')
    .map((part, i) => (i % 2 === 0 ? part : spell(part)))
    .join('');
}
