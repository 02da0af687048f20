/** A topic whose name is made of a target's labels: `metrics-{{job}}`. */
const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** What Kafka allows in a name (Topic.validate). */
const validName = /^[a-zA-Z0-9._-]{1,249}$/;
const longestName = 249;

/** The labels a template asks for. */
export function labelsInTopic(template: string): string[] {
  return [...template.matchAll(placeholder)].map(([, label = '']) => label);
}

/** Why no topic can come of the template; undefined when it is right. */
export function topicFault(template: string): string | undefined {
  const labels = labelsInTopic(template);
  const wrong = labels.find((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label));
  if (wrong !== undefined) return `{{${wrong}}} is not the name of a label`;
  const rest = template.replace(placeholder, labels.length > 0 ? 'x' : '');
  if (!validName.test(rest)) {
    return 'letters, digits, dots, underscores and hyphens are what a topic may hold, at most 249, with labels as {{job}}';
  }
  return rest === '.' || rest === '..' ? 'a topic may not be . or ..' : undefined;
}

/**
 * The topic of a target. What Kafka does not allow in a name becomes an underscore; a label that the
 * target does not have, `none`.
 */
export function topicOf(template: string, labels: ReadonlyMap<string, string>): string {
  const name = template.replace(placeholder, (_, label: string) => {
    const value = labels.get(label) ?? '';
    return value === '' ? 'none' : value.replace(/[^a-zA-Z0-9._-]/g, '_');
  });
  return name === '.' || name === '..' ? '_' : name.slice(0, longestName);
}
