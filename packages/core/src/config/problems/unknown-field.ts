import { type RefusedFields, refusedFields } from '../schema/block.js';
import { discoveryFields } from '../schema/discoveries.js';
import { bareSchema, fieldsOf, itemOf, optionName } from '../schema/walk.js';
import { nearestName } from './nearest-name.js';

const supportedDiscoveries = Object.keys(discoveryFields);

type Spell = (yamlName: string) => string;

const words: Readonly<Record<keyof RefusedFields, (spell: Spell) => string>> = {
  prometheus: () => 'this is a Prometheus field that prom-agent does not support yet',
  discoveries: (spell) =>
    `this is a Prometheus discovery that prom-agent does not support yet, expected one of ${supportedDiscoveries.map(spell).join(', ')}`,
  own: () => 'prom-agent does not support this field yet',
};

/**
 * Why a block does not take a field: prom-agent does not have it yet, or there is no such field, with
 * the name that was most likely meant.
 */
export function explainUnknownField(
  schema: unknown,
  name: string,
  inOptions: boolean,
  moreNames: readonly string[] = [],
): string {
  const fields = fieldsOf(schema) ?? {};
  const spell: Spell = (yamlName) =>
    inOptions ? optionName(yamlName, fields[yamlName]) : yamlName;
  const refused = refusedFields.get(bareSchema(schema) as never) ?? {};
  const known = [...Object.keys(fields).map(spell), ...moreNames];
  for (const [kind, names] of Object.entries(refused) as [keyof RefusedFields, string[]][]) {
    const spelled = names.map(spell);
    if (spelled.includes(name)) return words[kind](spell);
    known.push(...spelled);
  }
  if (inOptions && Object.hasOwn(fields, name))
    return `unknown field, did you mean ${spell(name)}?`;
  const homes = blocksWith(name, fields, spell);
  if (homes.length > 0) return `unknown field here: it belongs into ${homes.join(' or ')}`;
  const nearest = nearestName(name, known);
  return nearest === undefined ? 'unknown field' : `unknown field, did you mean ${nearest}?`;
}

const mostHomes = 3;

/** The blocks among some fields that have a field of this very name. */
function blocksWith(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  spell: Spell,
): string[] {
  const has = ([, field]: [string, unknown]): boolean =>
    Object.entries(fieldsOf(itemOf(field) ?? field) ?? {}).some(
      ([yamlName, child]) => name === yamlName || name === optionName(yamlName, child),
    );
  const homes = Object.entries(fields).filter(has);
  return homes.slice(0, mostHomes).map(([yamlName]) => spell(yamlName));
}
