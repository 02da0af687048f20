import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = readFileSync(join(root, 'docs/reference/conformance.md'), 'utf8');
const named = new Set(Array.from(page.matchAll(/`([^`\n]+)`/g), ([, name]) => name));

/** The tests that read recorded cases, as text: [path, text]. */
const tests = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[^/]+\/src\/.*\.test\.ts$/.test(path))
  .map((path) => [path, readFileSync(join(root, 'packages', path), 'utf8')] as const)
  .filter(([, text]) => text.includes('shared/conformance'));

/** What a test leaves out: the keys of these objects and the members of these sets. */
const exclusions = /const (?:deliberate|notSupportedYet|notThereYet|newerLabels)\b[^=]*= ([^;]+);/g;

function leftOut(list: string): string[] {
  const isObject = list.startsWith('{');
  const names = isObject ? /^ *'?([^'\n]+?)'?: '/gm : /'([^']+)'/g;
  return Array.from(list.matchAll(names), ([, name]) => name!);
}

describe('docs/reference/conformance.md', () => {
  it.each(tests)('names the recorded cases of %s', (_path, text) => {
    const files = Array.from(
      text.matchAll(/(\w+)(?:\.jsonl|_wire\.json|_operations\.json)/g),
      ([name]) => name,
    );
    expect(files).not.toEqual([]);
    const missing = files.filter((file) => !named.has(file.replace(/\.jsonl?$/, '')));
    expect(missing.filter((file) => file !== 'EXPECTED.jsonl')).toEqual([]);
  });

  const lists = tests.flatMap(([path, text]) =>
    Array.from(text.matchAll(exclusions), ([, list]) => [path, leftOut(list!)] as const),
  );

  it('finds the lists', () => {
    expect(lists.length).toBeGreaterThanOrEqual(2);
  });

  it.each(lists)('names what %s leaves out', (_path, names) => {
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !named.has(name))).toEqual([]);
  });
});
