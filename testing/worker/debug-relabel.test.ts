import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('relabel');
});
afterEach(() => folder.remove());

async function relabel(rules: string, input: string) {
  const file = join(folder.path, 'rules.yml');
  await writeFile(file, rules);
  const child = spawn(process.execPath, [workerCommand, 'debug', 'relabel', '--rules', file]);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  return { stdout, stderr: stderr.replaceAll(folder.path, ''), code };
}

describe('debug relabel', () => {
  it('prints a line for each line: labels in order, or null', async () => {
    const rules = `# rules of a job
- {source_labels: [job], target_label: z}
- action: drop
  source_labels: [job]
  regex: b
`;
    const input = '{"job":"a","empty":""}\n\n{"job":"b"}\r\n{}\n';
    expect(await relabel(rules, input)).toEqual({
      code: 0,
      stdout: '{"job":"a","z":"a"}\nnull\n{}\n',
      stderr: '',
    });
  });

  it.each(['', '# nothing\n', '---\n[]\n'])('no rules change nothing: %j', async (rules) => {
    expect(await relabel(rules, '{"a":"b"}')).toEqual({
      code: 0,
      stdout: '{"a":"b"}\n',
      stderr: '',
    });
  });

  it('says where a rule is wrong', async () => {
    const { code, stdout, stderr } = await relabel('---\n- action: keep\n  regexx: a\n', '{}');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^\/rules\.yml:3:3: \[0\]\.regexx: unknown field, did you mean regex\?/);
  });

  it.each([
    ['no JSON', /^<stdin>:2: not JSON: /],
    ['["a"]', /^<stdin>:2: expected an object of labels/],
    ['{"a":1}', '<stdin>:2: the label a is no string\n'],
  ])('refuses the line %j and keeps what came before', async (line, message) => {
    const { code, stdout, stderr } = await relabel('[]', `{}\n${line}\n{}\n`);
    expect([code, stdout]).toEqual([1, '{}\n']);
    expect(stderr).toMatch(message);
  });
});

// What Prometheus makes of labels, recorded; the folder lies beside the repository or is not there.
const recordedFile = new URL('../../../shared/conformance/relabel.jsonl', import.meta.url);

interface Recorded {
  readonly id: string;
  readonly relabel_configs: object[];
  readonly input: Record<string, string>;
  readonly expect: { keep: boolean; labels?: Record<string, string> };
}

it.skipIf(!existsSync(recordedFile))('does as recorded of Prometheus', async () => {
  const cases = readFileSync(recordedFile, 'utf8').trim().split('\n');
  const recorded = cases.map((line) => JSON.parse(line) as Recorded);
  // A process for each is slow: every tenth will do, all are tested in the core.
  for (const one of recorded.filter((_, i) => i % 10 === 0)) {
    const { stdout } = await relabel(
      JSON.stringify(one.relabel_configs),
      JSON.stringify(one.input),
    );
    const labels = Object.entries(one.expect.labels ?? {}).filter(([, value]) => value !== '');
    const wanted = one.expect.keep ? Object.fromEntries(labels) : null;
    expect(JSON.parse(stdout), one.id).toEqual(wanted);
  }
});
