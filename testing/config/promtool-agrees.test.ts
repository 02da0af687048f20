import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkConfigFile } from '@prom-agent/core/config-check';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { tempFolder } from '../servers/temp-folder.js';
import { generatedConfig } from './generate-config.js';

const configs = Number(process.env['GENERATED_CONFIGS'] ?? 200);

describe.skipIf(requireServer('promtool'))('promtool check config', () => {
  it('takes and refuses the same configurations', { timeout: 120_000 }, async () => {
    const folder = await tempFolder('check-config');
    onTestFinished(() => folder.remove());
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const texts = fc.sample(generatedConfig, { numRuns: configs, seed });
    const files = texts.map((_, i) => join(folder.path, `${i}.yml`));
    await Promise.all(files.map((file, i) => writeFile(file, texts[i]!)));
    const { stdout, stderr } = await runCommand('promtool', ['check', 'config', ...files]);
    const refusals = new Map(
      [...stderr.matchAll(/parsing YAML file (\S+): (.*?)(?=\n {2}FAILED|$)/gs)].map(
        ([, file, why]) => [file, why],
      ),
    );
    const taken = new Set([...stdout.matchAll(/SUCCESS: (\S+) is valid/g)].map(([, file]) => file));
    const disagreements: string[] = [];
    for (const [i, file] of files.entries()) {
      const { problems } = await checkConfigFile(file);
      if (taken.has(file) === (problems.length === 0)) continue;
      const [first] = problems;
      const ours = first === undefined ? 'takes it' : `${first.path}: ${first.message}`;
      const theirs = taken.has(file) ? 'takes it' : (refusals.get(file) ?? 'refuses it');
      disagreements.push(`prom-agent: ${ours}\npromtool: ${theirs}\n${texts[i]}`);
    }
    expect(disagreements, `seed ${seed}`).toEqual([]);
    // Both kinds are there, or the test says little.
    expect(taken.size).toBeGreaterThan(configs / 5);
    expect(taken.size).toBeLessThan((configs * 4) / 5);
  });
});
