import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, it } from 'vitest';
import { lookupAtRandom } from './lookup-at-random.js';

const addresses: LookupAddress[] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => ({
  address,
  family: 4,
}));

function ask(lookup: LookupFunction, all: boolean): unknown {
  let answer: unknown;
  lookup('receiver.test', { all }, (error, address, family) => {
    answer = error ?? (all ? address : { address, family });
  });
  return answer;
}

it.each([true, false])('takes each of the addresses now and then, all: %s', (all) => {
  const lookup = lookupAtRandom((_name, _options, callback) => callback(null, addresses));
  const seen = new Set(Array.from({ length: 200 }, () => JSON.stringify(ask(lookup, all))));
  expect([...seen].sort()).toEqual(addresses.map((one) => JSON.stringify(all ? [one] : one)));
});

it('hands on that there is none', () => {
  const error = new Error('no such name');
  expect(
    ask(
      lookupAtRandom((_name, _options, callback) => callback(error, [])),
      true,
    ),
  ).toBe(error);
});
