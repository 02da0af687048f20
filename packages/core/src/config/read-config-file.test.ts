import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PromAgentError } from '../errors.js';
import { loadConfigFile } from './load-config.js';

describe('a file that cannot be read', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function failureOf(file: string): Promise<PromAgentError> {
    return loadConfigFile(file).then(
      () => expect.unreachable(),
      (error) => error,
    );
  }

  test('is not there', async () => {
    const error = await failureOf('no/such.yml');
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toBe(
      `cannot read the configuration no/such.yml: there is no such file (looked from ${process.cwd()})`,
    );
    expect(error.data).toEqual({
      file: 'no/such.yml',
      why: `there is no such file (looked from ${process.cwd()})`,
    });
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  test('is a directory', async () => {
    const error = await failureOf(folder);
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toMatch(/: it is a directory, expected a file$/);
  });

  test('is a device that never ends', async () => {
    const error = await failureOf('/dev/zero');
    expect(error.code).toBe('CONFIG_UNREADABLE');
  });

  test.skipIf(process.getuid?.() === 0)('may not be read', async () => {
    const file = join(folder, 'secret.yml');
    await writeFile(file, '');
    await chmod(file, 0);
    const error = await failureOf(file);
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toMatch(/check the permissions/);
  });

  test('is not UTF-8', async () => {
    const file = join(folder, 'latin1.yml');
    await writeFile(file, Buffer.from('global:\n  # caf\xe9\n', 'latin1'));
    const error = await failureOf(file);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe(`${file}:2:8: not UTF-8 text: save the file as UTF-8`);
  });

  test('but one that can be is', async () => {
    const file = join(folder, 'good.yml');
    await writeFile(file, '\ufeffscrape_configs: [{job_name: a}]\n');
    expect((await loadConfigFile(file)).scrapeConfigs[0]!.job.name).toBe('a');
  });
});
