import { expect, test } from 'vitest';
import { topicFault, topicOf } from './topic-template.js';

const labels = new Map([
  ['job', 'node'],
  ['path', 'a/b c'],
]);

test.each([
  ['metrics', 'metrics'],
  ['metrics-{{job}}', 'metrics-node'],
  ['{{ job }}.{{job}}', 'node.node'],
  ['m-{{path}}', 'm-a_b_c'],
  ['m-{{dc}}', 'm-none'],
])('%s of a target is %s', (template, topic) => {
  expect(topicFault(template)).toBeUndefined();
  expect(topicOf(template, labels)).toBe(topic);
});

test('a topic is never longer than Kafka allows', () => {
  expect(topicOf('{{job}}', new Map([['job', 'x'.repeat(300)]]))).toHaveLength(249);
});

test.each([
  ['a topic', /letters, digits/],
  ['', /letters, digits/],
  ['..', /may not be/],
  ['m-{{job', /letters, digits/],
  ['m-{{a-b}}', /{{a-b}} is not the name of a label/],
  ['m'.repeat(250), /at most 249/],
])('%s is refused', (template, fault) => {
  expect(topicFault(template)).toMatch(fault);
});

test.each(['.', '..'])('a label %s makes no folder of it', (job) => {
  expect(topicOf('{{job}}', new Map([['job', job]]))).toBe('_');
});
