import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConfigCheckOptions, checkConfigFile } from './check-config-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-config-'));
  const files = {
    'good.json': '[{"targets": ["a:1"]}]',
    'bad.json': '[{"target": ["a:1"]}]',
    'url.yml': '- targets: ["http://a"]\n',
    'there.pem': '',
    'jobs.yml': 'scrape_configs: [{job_name: included, scrape_timeout: 5m}]\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true }));

/** What is said of a text, with the folder's name taken out; findings as `lint: message`. */
async function check(text: string, options: ConfigCheckOptions = {}) {
  const file = join(folder, 'p.yml');
  await writeFile(file, text);
  const { problems, warnings, findings } = await checkConfigFile(file, options);
  const short = (words: string): string => words.replaceAll(`${folder}/`, '');
  return {
    problems: problems.map(({ file, line, message }) => short(`${file}:${line}: ${message}`)),
    warnings: warnings.map(short),
    findings: findings.map(({ lint, message }) => `${lint}: ${message}`),
  };
}

const job = (fields: string): string => `scrape_configs:\n- job_name: a\n  ${fields}\n`;
const good = { problems: [], warnings: [], findings: [] };

test('a good file has nothing to be said of', async () => {
  expect(await check(job('file_sd_configs: [{files: [good.json]}]'))).toEqual(good);
});

test('what is wrong with the text is told with its place', async () => {
  const { problems } = await check('global: {scrape_interval: x}\nbogus: 1\n');
  expect(problems).toEqual([
    'p.yml:1: found "x", expected a duration such as 15s or 1h30m',
    'p.yml:2: unknown field',
  ]);
});

test('a file that is not there is a problem, not an exception', async () => {
  const { problems } = await checkConfigFile(join(folder, 'none.yml'));
  expect(problems).toMatchObject([
    {
      file: join(folder, 'none.yml'),
      message: expect.stringMatching(/^cannot be read: there is no/),
    },
  ]);
});

// biome-ignore format: one case a line.
const refused: [name: string, text: string, problem: string | RegExp][] = [
  ['credentials that are not there', job('authorization: {credentials_file: none}'), /^p.yml:undefined: error checking authorization credentials or bearer token file "none" of scrape job "a": ENOENT/],
  ['a bearer token that is not there', job('bearer_token_file: none'), /bearer token file "none"/],
  ['a certificate that is not there', job('tls_config: {cert_file: none, key_file: there.pem}'), /error checking client cert file "none"/],
  ['a file of targets with a typo', job('file_sd_configs: [{files: ["bad*.json"]}]'), 'bad.json:undefined: checking SD file of scrape job "a": group 1: unknown field "target", expected targets or labels'],
  ['a URL among the targets of a file', job('file_sd_configs: [{files: [url.yml]}]'), /^p.yml:undefined: target "http:\/\/a" of scrape job "a": __address__ is/],
  ['a target without an address', job('static_configs: [{targets: [""]}]'), 'p.yml:undefined: target "" of scrape job "a": it has no __address__ after relabelling'],
  ['a target that loses its address', job('static_configs: [{targets: [x]}]\n  relabel_configs: [{target_label: __address__, replacement: ""}]'), /it has no __address__/],
  ['a job of another file', 'scrape_config_files: [jobs.yml]\n', 'jobs.yml:1: found 5m, expected at most the scrape_interval of 1m'],
];

describe('refuses', () => {
  test.each(refused)('%s', async (_, text, problem) => {
    const { problems } = await check(text);
    expect(problems).toEqual([
      problem instanceof RegExp ? expect.stringMatching(problem) : problem,
    ]);
  });

  test.each(refused.slice(0, 5))('with syntaxOnly not %s', async (_, text) => {
    expect(await check(text, { syntaxOnly: true })).toEqual(good);
  });

  test('in agent mode what that mode of Prometheus refuses, in its line', async () => {
    const text = 'rule_files: [r.yml]\nremote_read: [{url: "http://h"}]\ntracing: {endpoint: x}\n';
    expect(await check(text, { agentMode: true })).toEqual({
      problems: [
        'p.yml:1: field rule_files is not allowed in agent mode',
        'p.yml:2: field remote_read is not allowed in agent mode',
      ],
      warnings: ['tracing means nothing to an agent'],
      findings: [],
    });
  });
});

// biome-ignore format: one case a line.
const warned: [name: string, text: string, warning: RegExp][] = [
  ['targets to come', job('file_sd_configs: [{files: ["none*.json"]}]'), /^file "none\*\.json" for file_sd in scrape job "a" does not exist$/],
  ['a section without use', 'alerting: {alertmanagers: []}\n', /^alerting means nothing to an agent$/],
  ['jobs to come', 'scrape_config_files: ["none/*.yml"]\n', /^no file matches "none\/\*\.yml" of scrape_config_files$/],
  ['a CA that is not there', job('tls_config: {ca_file: none}'), /^ca_file "none" of scrape job "a" cannot be read: ENOENT/],
  ['a password that is not there', job('basic_auth: {password_file: none}'), /^password_file "none" of scrape job "a"/],
  ['a secret of oauth2 that is not there', job('oauth2: {client_id: a, token_url: "http://h", client_secret_file: none}'), /^client_secret_file "none"/],
  ['a header that is not there', job('http_headers: {X-A: {files: [none]}}'), /^file of the header X-A "none"/],
  ['a file of a discovery', job('http_sd_configs: [{url: "http://h", tls_config: {ca_file: none}}]'), /^ca_file "none" of scrape job "a"/],
  ['a file of a remote_write', 'remote_write: [{url: "http://h", bearer_token_file: none}]\n', /^credentials_file "none" of remote_write/],
];

test.each(warned)('warns of %s', async (_, text, warning) => {
  const { problems, warnings } = await check(text);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(warning)]);
});

test('lints what it is asked to lint', async () => {
  const text = job('scrape_interval: 5m\n  static_configs: [{targets: [x, x]}]');
  expect((await check(text)).findings).toEqual([]);
  const lints = ['too-long-scrape-interval', 'duplicate-targets'] as const;
  expect((await check(text, { lints })).findings).toEqual([
    'duplicate-targets: target "x" of scrape job "a" is there twice',
    'too-long-scrape-interval: too long scrape interval found, data point will be marked as stale - job: a, interval: 5m',
  ]);
  expect((await check(text, { lints: ['duplicate-targets'] })).findings).toHaveLength(1);
});
