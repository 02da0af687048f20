import { describe, expect, it } from 'vitest';
import { TextTable } from './text-table.js';

describe('TextTable', () => {
  it('gives at each place the text that was put there, also past its first length', () => {
    const table = new TextTable();
    const first = table.add('a');
    for (let i = 1; i < 100; i++) {
      if (i % 3 === 0) table.addAgain(first);
      else table.add(`text ${i}`);
    }
    expect(table.length).toBe(100);
    for (let i = 0; i < 100; i++) expect(table.at(i)).toBe(i % 3 === 0 ? 'a' : `text ${i}`);
  });
});
