import { describe, expect, test } from 'vitest';
import { addGrouping } from './push-command.js';
import { destinationOf } from './push-flags.js';

const flags = { job: 'j', grouping: {}, instance: true };

describe('the label instance', () => {
  test.each([
    ['is the machine', {}, 'web-1', { instance: 'web-1' }],
    ['is what is given', { grouping: { instance: 'a' } }, 'web-1', { instance: 'a' }],
    [
      'may be given as localhost',
      { grouping: { instance: 'localhost' } },
      'web-1',
      { instance: 'localhost' },
    ],
    ['may be given as nothing', { grouping: { instance: '' } }, 'web-1', { instance: '' }],
    ['may be left out', { instance: false }, 'localhost', {}],
    [
      'stands beside others',
      { grouping: { disk: '/' } },
      'web-1',
      { disk: '/', instance: 'web-1' },
    ],
  ])('%s', (_name, more, machine, grouping) => {
    const { group } = destinationOf('gw', { ...flags, ...more }, machine);
    expect(group).toEqual({ job: 'j', grouping });
  });

  test.each(['localhost', 'localhost.localdomain', ''])('is not %j, which many are', (machine) => {
    expect(() => destinationOf('gw', flags, machine)).toThrow('--grouping instance=NAME');
  });
});

describe('what no gateway takes is wrong usage', () => {
  test.each([
    ['the URL', 'ftp://gw', {}],
    ['the job', 'gw', { job: '' }],
    ['a label', 'gw', { grouping: { job: 'x' } }],
  ])('%s', (_name, url, more) => {
    const read = () => destinationOf(url, { ...flags, ...more }, 'web-1');
    expect(read).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});

describe('--grouping', () => {
  test.each([
    ['a=b', { a: 'b' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a= b ', { a: ' b ' }],
  ])('%s', (text, grouping) => {
    expect(addGrouping(text, {})).toEqual(grouping);
  });

  test.each(['', 'a', '=b'])('refuses %j', (text) => {
    expect(() => addGrouping(text, {})).toThrow('is not of the form label=value');
  });

  test('refuses a label that is given twice', () => {
    expect(() => addGrouping('a=2', { a: '1' })).toThrow('label a is given twice');
  });
});
