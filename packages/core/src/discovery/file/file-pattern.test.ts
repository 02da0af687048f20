import { describe, expect, it } from 'vitest';
import { parseFilePattern } from './file-pattern.js';

describe('parseFilePattern', () => {
  it.each([
    ['/d/a.json', 'a.json', true],
    ['/d/a.json', 'a-json', false],
    ['/d/*.json', 'a.json', true],
    ['/d/*.json', '.json', true],
    ['/d/*.json', 'a.json~', false],
    ['/d/t*_[0-9].y?l', 'targets_1.yml', true],
    ['/d/t*_[0-9].y?l', 'targets_x.yml', false],
    ['/d/[^a-c]*.yml', 'a.yml', false],
    ['/d/[^a-c]*.yml', 'd.yml', true],
    ['/d/[z-a].yml', 'm.yml', false],
    ['/d/[.yml', '[.yml', true],
    ['/d/a+(b).yml', 'a+(b).yml', true],
    ['/d/?.yml', '😀.yml', true],
    ['/d/*.yml', 'a\nb.yml', true],
  ])('%s on %j: %s', (path, name, matches) => {
    const pattern = parseFilePattern(path);
    expect([pattern.directory, pattern.matches(name)]).toEqual(['/d', matches]);
  });
});
