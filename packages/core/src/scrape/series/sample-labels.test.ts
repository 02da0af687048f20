import { expect, test } from 'vitest';
import { sampleLabels } from './sample-labels.js';

type Pairs = [string, string][];

const target = new Map([
  ['instance', 'h:1'],
  ['job', 'j'],
]);

// name, exposed, honor_labels, expected
const cases: [string, Pairs, boolean, Pairs][] = [
  [
    'target labels join',
    [['__name__', 'm']],
    false,
    [
      ['instance', 'h:1'],
      ['job', 'j'],
    ],
  ],
  [
    'a clash gets exported_',
    [['job', 'x']],
    false,
    [
      ['exported_job', 'x'],
      ['instance', 'h:1'],
      ['job', 'j'],
    ],
  ],
  [
    'an occupied exported_ name is prefixed again',
    [
      ['job', 'x'],
      ['exported_job', 'y'],
    ],
    false,
    [
      ['exported_exported_job', 'x'],
      ['exported_job', 'y'],
      ['instance', 'h:1'],
      ['job', 'j'],
    ],
  ],
  [
    'an empty clashing label just goes',
    [['job', '']],
    false,
    [
      ['instance', 'h:1'],
      ['job', 'j'],
    ],
  ],
  [
    'honor_labels keeps what is exposed',
    [['job', 'x']],
    true,
    [
      ['instance', 'h:1'],
      ['job', 'x'],
    ],
  ],
  ['honor_labels with an empty instance leaves none', [['instance', '']], true, [['job', 'j']]],
  [
    'an empty label is no label',
    [['a', '']],
    false,
    [
      ['instance', 'h:1'],
      ['job', 'j'],
    ],
  ],
];

test.each(cases)('%s', (_name, exposed, honorLabels, expected) => {
  const labels = sampleLabels(exposed, target, honorLabels);
  labels.delete('__name__');
  expect([...labels].sort()).toEqual(expected);
});

test('the shorter of two clashing names takes its exported_ name first', () => {
  const labels = sampleLabels(
    [
      ['exported_a', 'long'],
      ['a', 'short'],
    ],
    new Map([
      ['a', '1'],
      ['exported_a', '2'],
    ]),
    false,
  );
  expect(Object.fromEntries(labels)).toEqual({
    a: '1',
    exported_a: '2',
    exported_exported_a: 'short',
    exported_exported_exported_a: 'long',
  });
});
