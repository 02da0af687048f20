import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { checkKafkajs, loadKafkajs } from './kafkajs.js';

const real = createRequire(import.meta.url);

/** A service where kafkajs is of another version, or not at all. */
function serviceWith(version: string | undefined): NodeJS.Require {
  const required = (id: string): unknown => {
    if (id !== 'kafkajs/package.json') return real(id);
    if (version === undefined) throw new Error(`Cannot find module '${id}'`);
    return { version };
  };
  return Object.assign(required, { resolve: real.resolve }) as NodeJS.Require;
}

test.each([
  [undefined, 'kafka_write needs kafkajs, which is not installed: npm install kafkajs@2.2.4'],
  ['2.1.0', 'kafkajs 2.1.0 is installed, and kafka_write works with 2.2.4 alone: npm install'],
])('with kafkajs %s the error says what to install', (version, words) => {
  expect(() => checkKafkajs(serviceWith(version))).toThrow(
    expect.objectContaining({
      code: 'KAFKA_CLIENT_MISSING',
      message: expect.stringContaining(words),
    }),
  );
});

test('the version that is known has all that is used of it', () => {
  const kafkajs = loadKafkajs();
  expect(kafkajs.errorOf(3)).toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  expect(kafkajs.Broker).toBeTypeOf('function');
  expect(kafkajs.ConnectionPool).toBeTypeOf('function');
  expect(Object.keys(kafkajs.requests)).toContain('InitProducerId');
});
