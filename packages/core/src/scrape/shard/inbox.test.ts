import { expect, it } from 'vitest';
import { Inbox } from './inbox.js';

function setUp() {
  const taken: string[] = [];
  const failures: unknown[] = [];
  const gates = new Map<string, { open: () => void; break: (error: Error) => void }>();
  const inbox = new Inbox<string>(
    (message) =>
      message.startsWith('slow')
        ? new Promise((resolve, reject) => {
            gates.set(message, { open: resolve, break: reject });
          })
        : undefined,
    (message) => taken.push(message),
    (error) => failures.push(error),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { inbox, taken, failures, gates, settle };
}

it('takes at once what needs nothing', () => {
  const { inbox, taken } = setUp();
  inbox.receive('a');
  inbox.receive('b');
  expect(taken).toEqual(['a', 'b']);
});

it('what comes behind a message that waits keeps its place, and may wait itself', async () => {
  const { inbox, taken, gates, settle } = setUp();
  for (const message of ['slow 1', 'a', 'slow 2', 'b']) inbox.receive(message);
  expect(taken).toEqual([]);
  gates.get('slow 1')?.open();
  await settle();
  expect(taken).toEqual(['slow 1', 'a']);
  inbox.receive('c');
  gates.get('slow 2')?.open();
  await settle();
  expect(taken).toEqual(['slow 1', 'a', 'slow 2', 'b', 'c']);
});

it('leaves out a message that cannot be prepared, and says so', async () => {
  const { inbox, taken, failures, gates, settle } = setUp();
  inbox.receive('slow');
  inbox.receive('a');
  gates.get('slow')?.break(new Error('no such module'));
  await settle();
  expect(taken).toEqual(['a']);
  expect(failures).toEqual([new Error('no such module')]);
});
