import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { type CommandResult, runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

let folder: TempFolder;
let listen: string;

beforeEach(async () => {
  folder = await tempFolder('bad-config');
  listen = `127.0.0.1:${await freePort()}`;
});
afterEach(() => folder.remove());

/** The command as a user types it, beside the file. It has to end by itself. */
async function run(): Promise<CommandResult> {
  const flags = ['--config.file=prometheus.yml', `--web.listen-address=${listen}`];
  return runCommand(process.execPath, [workerCommand, 'run', '--log.level=error', ...flags], {
    cwd: folder.path,
  });
}

/** Exit code 1, and on stderr one line. */
async function refusal(): Promise<string> {
  const { code, stdout, stderr } = await run();
  expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr.trimEnd();
}

const job = (field: string): string => `scrape_configs:\n  - job_name: a\n    ${field}\n`;

// What is wrong, the file, the place in it, what the message says of field, finding and expectation.
const badFiles: [what: string, yaml: string, place: string, words: RegExp][] = [
  ['a list not closed', 'scrape_configs: [', '1:18', /not closed/],
  ['a tab for indentation', 'global:\n\tscrape_interval: 5s\n', '2:1', /tab/],
  ['a list at the top', '- a\n- b\n', '1:1', /expected a mapping/],
  ['words at the top', 'hello\n', '1:1', /expected a mapping/],
  [
    'a field written twice',
    'global:\n  scrape_interval: 5s\n  scrape_interval: 6s\n',
    '3:3',
    /global\.scrape_interval: written twice/,
  ],
  [
    'an unknown section',
    'scrape_config:\n  - job_name: a\n',
    '1:1',
    /scrape_config: unknown field, did you mean scrape_configs\?/,
  ],
  [
    'an unknown field',
    job('scrape_intervall: 5s'),
    '3:5',
    /scrape_configs\[0\]\.scrape_intervall: unknown field, did you mean scrape_interval\?/,
  ],
  [
    'a duration in words',
    'global:\n  scrape_interval: soon\n',
    '2:20',
    /global\.scrape_interval: found "soon", expected a duration/,
  ],
  [
    'a duration without its unit',
    'global:\n  scrape_interval: 5\n',
    '2:20',
    /global\.scrape_interval: found 5, expected a duration/,
  ],
  [
    'a boolean in words',
    job('honor_labels: maybe'),
    '3:19',
    /scrape_configs\[0\]\.honor_labels: found "maybe", expected true or false/,
  ],
  [
    'a negative limit',
    job('sample_limit: -1'),
    '3:19',
    /scrape_configs\[0\]\.sample_limit: found -1, expected a whole number/,
  ],
  [
    'a size in words',
    job('body_size_limit: big'),
    '3:22',
    /scrape_configs\[0\]\.body_size_limit: found "big", expected a size/,
  ],
  [
    'a target that is no list',
    job('static_configs: [{targets: localhost:9100}]'),
    '3:32',
    /static_configs\[0\]\.targets: found "localhost:9100", expected a list/,
  ],
  [
    'a URL as a target',
    job('static_configs: [{targets: ["http://localhost:9100/metrics"]}]'),
    '3:33',
    /static_configs\[0\]\.targets\[0\]: found "http:\/\/localhost.*expected host:port/,
  ],
  [
    'a regular expression with a lookahead',
    job('relabel_configs: [{regex: "a(?=b)"}]'),
    '3:31',
    /relabel_configs\[0\]\.regex: found "a\(\?=b\)", expected a regular expression in RE2/,
  ],
  [
    'an unknown action',
    job('relabel_configs: [{action: keeep}]'),
    '3:32',
    /relabel_configs\[0\]\.action: found "keeep", expected one of replace, keep/,
  ],
  [
    'a timeout over the interval',
    job('scrape_interval: 5s\n    scrape_timeout: 6s'),
    '4:21',
    /scrape_configs\[0\]\.scrape_timeout: found 6s, expected at most the scrape_interval of 5s/,
  ],
  [
    'two jobs of one name',
    'scrape_configs:\n  - job_name: a\n  - job_name: a\n',
    '3:15',
    /scrape_configs\[1\]\.job_name: job "a" is there already, expected another name/,
  ],
  [
    'a job without a name',
    'scrape_configs:\n  - scrape_interval: 5s\n',
    '2:5',
    /scrape_configs\[0\]\.job_name: missing, expected/,
  ],
  [
    'a discovery that is not there yet',
    job('kubernetes_sd_configs: [{role: pod}]'),
    '3:5',
    /kubernetes_sd_configs: .*expected one of static_configs, file_sd_configs/,
  ],
  [
    'a receiver that is no URL',
    'remote_write:\n  - url: somewhere\n',
    '2:10',
    /remote_write\[0\]\.url: found "somewhere", expected an absolute URL/,
  ],
  [
    'a receiver without a URL',
    'remote_write:\n  - name: x\n',
    '2:5',
    /remote_write\[0\]\.url: missing, expected an absolute URL/,
  ],
  [
    'threads in words',
    'agent:\n  threads: many\n',
    '2:12',
    /agent\.threads: found "many", expected/,
  ],
];

describe('a bad prometheus.yml ends the worker with 1 and one line', () => {
  it.each(badFiles)('%s', async (_what, yaml, place, words) => {
    await writeFile(join(folder.path, 'prometheus.yml'), yaml);
    const message = await refusal();
    expect(message.startsWith(`prometheus.yml:${place}: `), message).toBe(true);
    expect(message).toMatch(words);
  });

  it('a missing file, with where it was looked for', async () => {
    expect(await refusal()).toMatch(/prometheus\.yml: there is no such file .*bad-config-/);
  });

  it('a folder in its place', async () => {
    await mkdir(join(folder.path, 'prometheus.yml'));
    expect(await refusal()).toMatch(/prometheus\.yml: .*expected a file/);
  });

  it('bytes that are no text', async () => {
    await writeFile(join(folder.path, 'prometheus.yml'), Buffer.from([0xff, 0xfe, 0, 1]));
    expect(await refusal()).toMatch(/^prometheus\.yml:1:1: not UTF-8/);
  });

  it('all that is wrong at once', async () => {
    const yaml = `global:\n  scrape_interval: soon\n${job('honor_labels: maybe')}`;
    await writeFile(join(folder.path, 'prometheus.yml'), yaml);
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr.split('\n')).toStrictEqual([
      '2 problems in prometheus.yml:',
      expect.stringMatching(/^prometheus\.yml:2:20: /),
      expect.stringMatching(/^prometheus\.yml:5:19: /),
      '',
    ]);
  });
});

it('an occupied port is said in one line, without a stack', async () => {
  await writeFile(join(folder.path, 'prometheus.yml'), '');
  const [host, port] = listen.split(':');
  const taken = createServer().listen(Number(port), host);
  await once(taken, 'listening');
  try {
    expect(await refusal()).toMatch(`listen ${listen}: address already in use`);
  } finally {
    taken.close();
  }
});
