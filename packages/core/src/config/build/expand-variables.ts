const specialNames = '*#$@!?-0123456789';

/**
 * Go's os.Expand, which Prometheus applies to external_labels: `$name` and `${name}` become what
 * `lookUp` says, `$$` is left to it too (it asks for the name `$`), `$` before anything else stays.
 */
export function expandVariables(text: string, lookUp: (name: string) => string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('$'); at >= 0 && at + 1 < text.length; at = text.indexOf('$', from)) {
    const { name, length } = nameAfterDollar(text, at + 1);
    out += text.slice(from, at);
    if (name !== '') out += lookUp(name);
    else if (length === 0) out += '$';
    from = at + 1 + length;
  }
  return out + text.slice(from);
}

/** An empty name of some length is bad syntax (`${}`, `${` without end), which Go swallows. */
function nameAfterDollar(text: string, at: number): { name: string; length: number } {
  const first = text[at]!;
  if (first === '{') {
    const end = text.indexOf('}', at + 1);
    if (end < 0) return { name: '', length: 1 };
    return { name: text.slice(at + 1, end), length: end - at + 1 };
  }
  if (specialNames.includes(first)) return { name: first, length: 1 };
  const name = /^\w*/.exec(text.slice(at))![0];
  return { name, length: name.length };
}
