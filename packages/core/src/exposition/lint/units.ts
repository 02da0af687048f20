/** Base units, and what else is written for them. */
const otherUnits: Readonly<Record<string, readonly string[]>> = {
  amperes: [],
  bytes: ['bits'],
  celsius: ['fahrenheit', 'rankine'],
  grams: ['pounds', 'ounces'],
  joules: ['calories'],
  kelvin: ['kelvins'],
  meters: ['inches', 'yards', 'miles'],
  metres: [],
  seconds: ['minutes', 'hours', 'days', 'weeks'],
  volts: [],
};

const baseUnits = new Map<string, string>(
  Object.entries(otherUnits).flatMap(([base, others]) => [base, ...others].map((u) => [u, base])),
);

// "mibi" is promlint's spelling; "mebi" is not in its list.
const prefixes =
  /^(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mibi|giga|gibi|tera|tebi|peta|pebi)/;

/** Abbreviations that a name should not hold as a word of its own. */
export const unitAbbreviations: readonly string[] = [
  's',
  'ms',
  'us',
  'ns',
  'sec',
  'b',
  'kb',
  'mb',
  'gb',
  'tb',
  'pb',
  'm',
  'h',
  'd',
];

/** The first word of a metric name that is a unit, with or without a prefix, and its base unit. */
export function unitInName(name: string): { unit: string; base: string } | undefined {
  for (const unit of name.split('_')) {
    const base = baseUnits.get(unit) ?? baseUnits.get(unit.replace(prefixes, ''));
    if (base !== undefined) return { unit, base };
  }
  return undefined;
}
