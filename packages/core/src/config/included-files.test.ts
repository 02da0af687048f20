import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import { loadConfigFile } from './load-config.js';
import { resolveConfig } from './resolve-config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'included-files-'));
  await mkdir(join(folder, 'jobs'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return join(folder, 'prometheus.yml');
}

async function messageFor(file: string): Promise<string> {
  const loaded = await loadConfigFile(file).catch((error: unknown) => error);
  return PromAgentError.is(loaded) ? loaded.message.replaceAll(folder, 'FOLDER') : 'accepted';
}

test('jobs of other files inherit from global, and their files lie beside them', async () => {
  const file = await write({
    'prometheus.yml':
      'global: {scrape_interval: 5s}\nscrape_config_files: ["jobs/*.yml", one.yml]\n',
    'jobs/b.yml': 'scrape_configs: [{job_name: b, tls_config: {ca_file: ca.pem}}]',
    'jobs/a.yml': 'scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [t.json]}]\n',
    'one.yml': '',
  });
  const config = await loadConfigFile(file);
  expect(config.includedFiles).toEqual(
    ['jobs/a.yml', 'jobs/b.yml', 'one.yml'].map((name) => join(folder, name)),
  );
  expect(config.scrapeConfigs.map(({ job, intervalMs }) => [job.name, intervalMs])).toEqual([
    ['a', 5000],
    ['b', 5000],
  ]);
  expect(config.scrapeConfigs[0]).toMatchObject({
    file: join(folder, 'jobs/a.yml'),
    discoveries: [{ files: [join(folder, 'jobs/t.json')] }],
  });
  expect(config.scrapeConfigs[1]!.job.http.tls!.ca).toEqual({ file: join(folder, 'jobs/ca.pem') });
});

test('all problems of all files are told, each with its file', async () => {
  const file = await write({
    'prometheus.yml':
      'global: {scrape_interval: x}\nscrape_config_files: ["jobs/*.yml"]\nscrape_configs: [{job_name: a}]\n',
    'jobs/a.yml': 'global: {}\nscrape_configs: [{job_name: a, scrape_timeout: 5m}, {}]\n',
    'jobs/b.yml': 'scrape_configs: [{job_name: c\n',
  });
  expect((await messageFor(file)).split('\n')).toEqual([
    '5 problems in FOLDER/prometheus.yml and FOLDER/jobs/a.yml and FOLDER/jobs/b.yml:',
    'FOLDER/prometheus.yml:1:27: global.scrape_interval: found "x", expected a duration such as 15s or 1h30m',
    'FOLDER/jobs/a.yml:1:1: global: a file of scrape_config_files holds scrape_configs alone',
    'FOLDER/jobs/a.yml:2:29: scrape_configs[0].job_name: job "a" is in FOLDER/prometheus.yml already, expected another name',
    'FOLDER/jobs/a.yml:2:53: scrape_configs[1].job_name: missing, expected the name of the job',
    'FOLDER/jobs/b.yml:2:1: a [ or { above is not closed, or less indented',
  ]);
});

test('a file that cannot be read is named', async () => {
  const file = await write({ 'prometheus.yml': 'scrape_config_files: [jobs]\n' });
  expect(await messageFor(file)).toBe(
    'cannot read the configuration FOLDER/jobs: it is a directory, expected a file',
  );
});

test('a pattern that matches nothing is no fault', async () => {
  const file = await write({ 'prometheus.yml': 'scrape_config_files: [no.yml, "no/*.yml"]\n' });
  expect((await loadConfigFile(file)).includedFiles).toEqual([]);
});

test('options may name files too', async () => {
  await write({ 'one.yml': 'scrape_configs: [{job_name: one}]' });
  const config = await resolveConfig({
    global: { scrapeIntervalMs: 7000 },
    scrapeConfigFiles: [join(folder, 'one.yml')],
  });
  expect(config.scrapeConfigs).toMatchObject([{ job: { name: 'one' }, intervalMs: 7000 }]);
});

test('a second YAML document of an included file, whose jobs nobody reads, is named', async () => {
  const file = await write({
    'prometheus.yml': 'scrape_config_files: ["jobs/a.yml"]\n',
    'jobs/a.yml': 'scrape_configs: [{job_name: a}]\n---\nscrape_configs: [{job_name: lost}]\n',
  });
  const { scrapeConfigs, unusedSections } = await loadConfigFile(file);
  expect(scrapeConfigs.map(({ job }) => job.name)).toEqual(['a']);
  expect(unusedSections).toMatchObject([
    { name: `the YAML document in line 3 of ${join(folder, 'jobs/a.yml')}` },
  ]);
});
