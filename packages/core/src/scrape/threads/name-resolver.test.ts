import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import type { AddressAnswer } from '../messages.js';
import { NameResolver } from './name-resolver.js';

/** A DNS server the test answers for, one question at a time. */
function startResolver() {
  const clock = new ManualClock();
  const asked: string[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const open: ((found: { address: string; family: number }[] | Error) => void)[] = [];
  const resolver = new NameResolver(clock, (hostname) => {
    asked.push(hostname);
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    return new Promise((resolve, reject) => {
      open.push((found) => {
        inFlight--;
        if (found instanceof Error) reject(found);
        else resolve(found);
      });
    });
  });
  const settle = () => clock.advance(0);
  return { clock, asked, resolver, open, settle, mostInFlight: () => mostInFlight };
}

const address = [{ address: '10.0.0.1', family: 4 }];

function fault(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code}`), { code });
}

test('a thousand targets on a dead DNS server occupy one libuv thread', async () => {
  const { resolver, open, settle, mostInFlight, asked } = startResolver();
  const answers: AddressAnswer[] = [];
  for (let i = 0; i < 1000; i++) resolver.resolve(`host-${i}`, (answer) => answers.push(answer));
  for (let i = 0; i < 10; i++) {
    open[i]!(fault('EAI_AGAIN'));
    await settle();
  }
  expect(mostInFlight()).toBe(1);
  expect(asked).toHaveLength(11);
  expect(answers).toHaveLength(10);
});

test('sockets that wait for one name ask once', async () => {
  const { resolver, open, settle, asked } = startResolver();
  const answers: AddressAnswer[] = [];
  for (let i = 0; i < 5; i++) resolver.resolve('a', (answer) => answers.push(answer));
  open[0]!(address);
  await settle();
  expect(asked).toEqual(['a']);
  expect(answers).toHaveLength(5);
});

test('a known address is served at once and asked for again when it is old', async () => {
  const { clock, resolver, open, settle, asked } = startResolver();
  resolver.resolve('a', () => {});
  open[0]!(address);
  await settle();
  await clock.advance(31_000);
  const answers: AddressAnswer[] = [];
  resolver.resolve('a', (answer) => answers.push(answer));
  expect(answers).toEqual([{ addresses: address }]);
  expect(asked).toEqual(['a', 'a']);
});

test('a DNS server that stops answering does not take known addresses away', async () => {
  const { clock, resolver, open, settle } = startResolver();
  resolver.resolve('a', () => {});
  open[0]!(address);
  await settle();
  await clock.advance(31_000);
  resolver.resolve('a', () => {});
  open[1]!(fault('EAI_AGAIN'));
  await settle();
  const answers: AddressAnswer[] = [];
  resolver.resolve('a', (answer) => answers.push(answer));
  expect(answers).toEqual([{ addresses: address }]);
});

test('a name that no longer exists loses its address', async () => {
  const { clock, resolver, open, settle } = startResolver();
  resolver.resolve('a', () => {});
  open[0]!(address);
  await settle();
  await clock.advance(31_000);
  resolver.resolve('a', () => {});
  open[1]!(fault('ENOTFOUND'));
  await settle();
  const answers: AddressAnswer[] = [];
  resolver.resolve('a', (answer) => answers.push(answer));
  expect(answers).toEqual([{ code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND' }]);
});

test('names that failed before wait behind names never asked', async () => {
  const { clock, resolver, open, settle, asked } = startResolver();
  resolver.resolve('dead', () => {});
  open[0]!(fault('EAI_AGAIN'));
  await settle();
  await clock.advance(6_000);
  resolver.resolve('busy', () => {});
  resolver.resolve('dead', () => {});
  resolver.resolve('new', () => {});
  open[1]!(address);
  await settle();
  expect(asked).toEqual(['dead', 'busy', 'new']);
});
