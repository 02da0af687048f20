import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('service-discovery');
});
afterEach(() => folder.remove());

const config = `
scrape_configs:
- job_name: a
  params: {module: [x]}
  static_configs:
  - {targets: ['x:1', 'y:2', 'x:1'], labels: {zone: z, __meta_label: m}}
  file_sd_configs: [{files: ['more-*.json']}]
  relabel_configs:
  - {action: drop, source_labels: [__address__], regex: 'y.*'}
  - {action: labelmap, regex: '__meta_(.+)'}
`;

interface Found {
  readonly discoveredLabels: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly error?: unknown;
}

async function check(job: string, flags: readonly string[] = [], written = config) {
  const file = join(folder.path, 'prometheus.yml');
  await writeFile(file, written);
  await writeFile(join(folder.path, 'more-1.json'), '[{"targets": ["f:1", "http://z/"]}]');
  const args = ['check', 'service-discovery', ...flags, file, job];
  const ours = await runCommand(process.execPath, [workerCommand, ...args]);
  return { ours, args };
}

/** Without labels of Prometheus 3.13 and later; promtool's error is an empty object. */
function comparable(text: string): Found[] {
  const older = (labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => !/_histograms/.test(name)));
  const found = JSON.parse(text) as Found[];
  return found.map(({ discoveredLabels, labels, error }) => ({
    discoveredLabels: older(discoveredLabels),
    labels: older(labels),
    ...(error !== undefined && { error: {} }),
  }));
}

const byAddress = (found: Found[]) =>
  found.toSorted((a, b) =>
    JSON.stringify(a.discoveredLabels) < JSON.stringify(b.discoveredLabels) ? -1 : 1,
  );

describe('check service-discovery', () => {
  it.skipIf(requireServer('promtool'))('prints what promtool prints', async () => {
    // It panics when a second discovery answers, and when a target cannot be scraped.
    const written = config
      .replace(/ +file_sd_configs.*\n/, '')
      .concat('- {job_name: b, static_configs: [{targets: [c]}]}\n');
    for (const job of ['a', 'b']) await agrees(job, written);
  });

  async function agrees(job: string, written: string): Promise<void> {
    const { ours, args } = await check(job, ['--timeout=3s'], written);
    const theirs = await runCommand('promtool', [...args]);
    expect([ours.code, theirs.code]).toEqual([0, 0]);
    expect(byAddress(comparable(ours.stdout))).toEqual(byAddress(comparable(theirs.stdout)));
  }

  it('says why a target could not be scraped, and tells of equal ones once', async () => {
    const { ours } = await check('a');
    const found = JSON.parse(ours.stdout) as Found[];
    expect(found.map(({ discoveredLabels }) => discoveredLabels['__address__'])).toEqual([
      'x:1',
      'y:2',
      'f:1',
      'http://z/',
    ]);
    expect(found.map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      undefined,
      expect.stringContaining('__address__ is "http://z/"'),
    ]);
    expect(found[1]?.labels).toEqual({});
    expect(found[0]?.labels).toMatchObject({ instance: 'x:1', label: 'm', __param_module: 'x' });
  });

  it('names the jobs there are when there is no such one', async () => {
    const { ours } = await check('nope');
    expect(ours).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Job nope not found. Select one of:\n\ta\n',
    });
  });

  it('refuses a timeout that is none', async () => {
    const { ours } = await check('a', ['--timeout=soon']);
    expect(ours).toMatchObject({ code: 2, stdout: '' });
    expect(ours.stderr).toMatch(/'soon' is no duration above 0, like 30s or 1m/);
  });
});
