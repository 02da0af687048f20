/** A pattern whose groups have no names, and the names its groups had. */
export interface UnnamedPattern {
  readonly pattern: string;
  /** Numbers of the groups of each name, in the order of the pattern. */
  readonly names: ReadonlyMap<string, readonly number[]>;
}

// What may hold a parenthesis that opens no group, and what opens one.
const token =
  /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\((?:\?P?<(\w+)>|(?!\?))/gs;

/**
 * Takes the names off the groups of a pattern. Go lets several groups share a name, which is of use in
 * `(?P<host>\w+):80|unix:(?P<host>\w+)`; RE2JS does not.
 */
export function unnameGroups(pattern: string): UnnamedPattern {
  const names = new Map<string, number[]>();
  let groups = 0;
  const unnamed = pattern.replace(token, (text, name: string | undefined) => {
    if (!text.startsWith('(')) return text;
    groups++;
    if (name === undefined) return text;
    const numbers = names.get(name);
    if (numbers === undefined) names.set(name, [groups]);
    else numbers.push(groups);
    return '(';
  });
  return { pattern: unnamed, names };
}
