import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectories } from './make-directories.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directories-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('makes what is missing, and leaves what is there', () => {
  const deep = join(folder, 'a', 'b', 'c');
  makeDirectories(deep);
  makeDirectories(deep);
  makeDirectories('/');
  expect(existsSync(deep)).toBe(true);
});

it('says so where a file is in the way', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeDirectories(join(folder, 'file'))).toThrow('EEXIST');
  expect(() => makeDirectories(join(folder, 'file', 'a'))).toThrow('ENOTDIR');
});

it.skipIf(!existsSync('/proc/self'))('comes back from a file system without directories', () => {
  expect(() => makeDirectories('/proc/nowhere/a')).toThrow('ENOENT');
});
