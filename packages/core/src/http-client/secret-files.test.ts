import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { FileTexts } from './file-texts.js';
import type { HttpClientConfig } from './http-client-config.js';
import { HttpScene, limits } from './http-scene.contract.js';
import { SharedTurns } from './shared-turns.js';

let clock: ManualClock;
let scene: HttpScene;
let folder: string;
let file: string;

beforeEach(() => {
  clock = new ManualClock();
  scene = new HttpScene(clock);
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  file = join(folder, 'secret');
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

const tokenFrom = (path: string): Partial<HttpClientConfig> => ({
  authorization: { type: 'Bearer', credentials: { file: path } },
});

test.each<[name: string, config: () => Partial<HttpClientConfig>, header: string, sent: string]>([
  ['credentials_file', () => tokenFrom(file), 'authorization', 'Bearer text'],
  [
    'username_file',
    () => ({ basicAuth: { username: { file }, password: undefined } }),
    'authorization',
    `Basic ${Buffer.from('text:').toString('base64')}`,
  ],
  [
    'password_file',
    () => ({ basicAuth: { username: { text: 'u' }, password: { file } } }),
    'authorization',
    `Basic ${Buffer.from('u:text').toString('base64')}`,
  ],
  [
    'http_headers',
    () => ({ headers: { 'X-A': { values: ['v'], secrets: ['s'], files: [file] } } }),
    'x-a',
    'v, s, text',
  ],
])('%s is read, blanks around it cut off', async (_name, config, header, sent) => {
  writeFileSync(file, '\n text \r\n');
  const { url, seen } = await scene.record();
  await scene.client(config()).request({ url, ...limits });
  expect(seen[0]!.headers[header]).toBe(sent);
});

test('http_headers are added to a header the request has', async () => {
  const { url, seen } = await scene.record();
  const headers = { Accept: { values: ['b'], secrets: [], files: [] } };
  await scene.client({ headers }).request({ url, headers: { accept: 'a' }, ...limits });
  expect(seen[0]!.headers.accept).toBe('a, b');
});

test('http_headers that are written twice in other letters send the values of both, the first was lost', async () => {
  const { url, seen } = await scene.record();
  const plain = (...values: string[]) => ({ values, secrets: [], files: [] });
  const headers = { 'X-A': plain('1', '2'), 'x-b': plain('b'), 'x-a': plain('3') };
  await scene.client({ headers }).request({ url, ...limits });
  expect(seen[0]!.headers['x-a']).toBe('1, 2, 3');
  expect(seen[0]!.headers['x-b']).toBe('b');
});

test('a file that is swapped is read again, at most every two seconds', async () => {
  const { url, seen } = await scene.record();
  writeFileSync(join(folder, 'a'), 'first');
  writeFileSync(join(folder, 'b'), 'other');
  symlinkSync('a', file);
  const client = scene.client(tokenFrom(file));
  const ask = () => client.request({ url, ...limits });
  await ask();
  unlinkSync(file);
  symlinkSync('b', file);
  await clock.advance(1_999);
  await ask();
  await clock.advance(1);
  await ask();
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer first',
    'Bearer first',
    'Bearer other',
  ]);
});

test.each<[name: string, make: () => void, says: RegExp]>([
  [
    'is not there',
    () => {},
    /^unable to read authorization credentials: unable to read file \S+secret: ENOENT/,
  ],
  ['is a folder', () => symlinkSync('.', file), /not a regular file/],
  ['is a pipe nobody writes to', () => execFileSync('mkfifo', [file]), /not a regular file/],
  ['is endless', () => symlinkSync('/dev/zero', file), /not a regular file/],
  ['is huge', () => writeFileSync(file, 'x'.repeat(1024 * 1024 + 1)), /larger than 1048576 bytes/],
])('a secret file that %s fails the request by name, until it is there', async (_n, make, says) => {
  make();
  const { url, seen } = await scene.record();
  const client = scene.client(tokenFrom(file));
  const failed = await client.request({ url, ...limits }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ reason: 'credentials', message: expect.stringMatching(says) });
  expect((failed as Error).message).toContain(file);
  expect(seen).toEqual([]);
  rmSync(file, { force: true });
  writeFileSync(file, 'now');
  await clock.advance(2_000);
  await client.request({ url, ...limits });
  expect(seen[0]!.headers.authorization).toBe('Bearer now');
});

test('a secret with a line break inside fails the request and is not in its words', async () => {
  writeFileSync(file, 'hidden\r\nx-evil: 1');
  const { url, seen } = await scene.record();
  const client = scene.client(tokenFrom(file));
  const failed = await client.request({ url, ...limits }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ reason: 'malformed' });
  expect(String(failed)).not.toContain('hidden');
  expect(seen).toEqual([]);
});

test('looks at files take turns, and one that hangs does not stop who knows its text', async () => {
  writeFileSync(file, 'kept');
  const lock = new SharedArrayBuffer(4);
  const turns = new SharedTurns(lock, clock);
  const texts = new FileTexts(clock, turns);
  await texts.look([file]);
  await clock.advance(2_000);
  const hung = turns.run(() => new Promise<void>(() => {}));
  const looking = texts.look([file]);
  await clock.advance(1_000);
  await looking;
  expect(texts.text(file)).toBe('kept');
  expect(texts.look([file])).toBeUndefined();
  void hung;
});

test('threads share one turn; a thread that died in its turn is passed over', async () => {
  const lock = new SharedArrayBuffer(4);
  const [one, other] = [new SharedTurns(lock, clock), new SharedTurns(lock, clock)];
  const order: string[] = [];
  let release = () => {};
  const first = one.run(
    () =>
      new Promise<void>((resolve) => {
        order.push('one begins');
        release = () => {
          order.push('one ends');
          resolve();
        };
      }),
  );
  await clock.advance(0);
  const second = other.run(async () => void order.push('other'));
  await clock.advance(10);
  expect(order).toEqual(['one begins']);
  release();
  await first;
  await clock.advance(2);
  await second;
  expect(order).toEqual(['one begins', 'one ends', 'other']);

  void one.run(() => new Promise(() => {}));
  await clock.advance(0);
  const third = other.run(async () => void order.push('third'));
  for (let n = 0; n < 1_001; n++) await clock.advance(2);
  await third;
  expect(order.at(-1)).toBe('third');
});
