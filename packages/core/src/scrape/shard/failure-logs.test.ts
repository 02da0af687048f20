import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { FailureLogs } from './failure-logs.js';

let folder: string;
let warnings: unknown[];
let logs: FailureLogs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failure-logs-'));
  warnings = [];
  const clock = new ManualClock(1_700_000_000_000);
  const turns = { run: <T>(task: () => Promise<T>) => task() };
  logs = new FailureLogs(clock, turns, (fields, message) => warnings.push({ message, ...fields }));
});

afterEach(() => rm(folder, { recursive: true }));

const failure = (message: string) => ({ job: 'j', target: 'http://h:1/metrics', message });

async function linesOf(file: string): Promise<{ msg: string }[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a line has the fields Prometheus writes, in its order', async () => {
  const file = join(folder, 'a.log');
  logs.append(file, failure('server returned HTTP status 404 Not Found'));
  await logs.close(1_000);
  const [line] = await linesOf(file);
  expect(Object.entries(line!)).toEqual([
    ['time', '2023-11-14T22:13:20.000Z'],
    ['level', 'ERROR'],
    ['source', 'scrape-loop.ts'],
    ['msg', 'server returned HTTP status 404 Not Found'],
    ['job_name', 'j'],
    ['target', 'http://h:1/metrics'],
  ]);
});

test('lines are appended in order, and a file that was moved away is made again', async () => {
  const file = join(folder, 'a.log');
  for (const n of [1, 2, 3]) logs.append(file, failure(String(n)));
  await logs.close(1_000);
  await rename(file, join(folder, 'old.log'));
  logs.append(file, failure('4'));
  await logs.close(1_000);
  expect((await linesOf(join(folder, 'old.log'))).map((line) => line.msg)).toEqual(['1', '2', '3']);
  expect((await linesOf(file)).map((line) => line.msg)).toEqual(['4']);
  expect(warnings).toEqual([]);
});

test('a file that cannot be written is said once, not once a scrape', async () => {
  const file = join(folder, 'no', 'such', 'folder.log');
  for (const n of [1, 2, 3]) {
    logs.append(file, failure(String(n)));
    await logs.close(1_000);
  }
  expect(warnings).toEqual([
    {
      message: 'failed scrapes cannot be written to scrape_failure_log_file',
      file,
      error: expect.stringContaining('ENOENT'),
    },
  ]);
});
