import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

const files = {
  'good.yml': 'scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [none.json]}]\n',
  'bad.yml': 'global:\n  scrape_intervall: 15s\nscrape_configs: [{}]\n',
  'slow.yml': 'scrape_configs: [{job_name: a, scrape_interval: 10m}]\n',
  'rules.yml': 'rule_files: ["none*.yml"]\n',
  'token.yml': 'scrape_configs: [{job_name: a, bearer_token_file: none}]\n',
  'address.yml': 'scrape_configs: [{job_name: a, static_configs: [{targets: [""]}]}]\n',
};

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder('check-config');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
});
afterAll(() => folder.remove());

const ours = (...args: string[]) =>
  runCommand(process.execPath, [workerCommand, 'check', 'config', ...args], { cwd: folder.path });

describe('prom-agent check config', () => {
  it('says where and what, on stderr, for each file', async () => {
    expect(await ours('good.yml', 'bad.yml')).toEqual({
      code: 1,
      stdout: [
        'Checking good.yml',
        '  WARNING: file "none.json" for file_sd in scrape job "a" does not exist',
        ' SUCCESS: good.yml is valid prometheus config file syntax',
        '',
        'Checking bad.yml',
        '',
        '',
      ].join('\n'),
      stderr: [
        '  FAILED: bad.yml:2:3: global.scrape_intervall: unknown field, did you mean scrape_interval?',
        '  FAILED: bad.yml:3:18: scrape_configs[0].job_name: missing, expected the name of the job',
        '',
      ].join('\n'),
    });
  });

  it('prints reports as JSON', async () => {
    const { code, stdout, stderr } = await ours('--json', '--lint=all', 'slow.yml', 'bad.yml');
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: 'slow.yml', ok: true, findings: [{ lint: 'too-long-scrape-interval', job: 'a' }] },
      {
        file: 'bad.yml',
        ok: false,
        problems: [
          { line: 2, column: 3 },
          { line: 3, column: 18 },
        ],
      },
    ]);
  });

  it('is silent about usage on stdout', async () => {
    for (const args of [[], ['--lint=bogus', 'good.yml'], ['--bogus', 'good.yml']]) {
      expect(await ours(...args)).toMatchObject({ code: 2, stdout: '' });
    }
  });
});

describe.skipIf(requireServer('promtool'))('exit codes are those of promtool', () => {
  const cases = [
    ['good.yml'],
    ['bad.yml'],
    ['good.yml', 'bad.yml'],
    ['none.yml'],
    ['slow.yml'],
    ['--lint=all', 'slow.yml'],
    ['--lint=too-long-scrape-interval', '--lint-fatal', 'slow.yml'],
    ['--lint=none', '--lint-fatal', 'slow.yml'],
    ['--lint=all', '--lint-fatal', 'slow.yml', 'bad.yml'],
    ['rules.yml'],
    ['--agent', 'rules.yml'],
    ['token.yml'],
    ['--syntax-only', 'token.yml'],
    ['address.yml'],
    ['--syntax-only', 'address.yml'],
  ];
  it.each(cases.map((args) => [args]))('%j', async (args) => {
    const theirs = await runCommand('promtool', ['check', 'config', ...args], { cwd: folder.path });
    expect((await ours(...args)).code).toBe(theirs.code);
  });
});
