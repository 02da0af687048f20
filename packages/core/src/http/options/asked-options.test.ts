import { expect, it } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { askedOptions } from './asked-options.js';

it.each<[unknown, object | undefined]>([
  [true, {}],
  [false, undefined],
  [{}, {}],
  [
    { enabled: true, name: 'a' },
    { enabled: true, name: 'a' },
  ],
  [{ enabled: false, name: 'a' }, undefined],
])('options that are given as %j ask for %j', (given, expected) => {
  expect(askedOptions(given as boolean)).toEqual(expected);
});

it.each([null, 'yes', 1])('what is no object and no flag, as %j, is refused in words', (given) => {
  const make = () => createHttpRecorder(askedOptions(given as unknown as boolean) as object);
  expect(make).toThrow(/^http: expected an object, got/);
});
