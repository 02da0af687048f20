import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/load-config.js';
import { silentLogger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { TargetGroup } from '../discovery.js';
import { SerialTasks } from '../serial-tasks.js';
import { FileDiscovery } from './file-discovery.js';

// What Prometheus finds in files, recorded; the folder lies beside the repository or is not there.
const file = new URL('../../../../../../shared/conformance/sd_file.jsonl', import.meta.url);

interface RecordedCase {
  id: string;
  name: string;
  scrape_config_part: string;
  steps: {
    write?: Record<string, string>;
    rename?: Record<string, string>;
    remove?: string[];
  }[];
  expect: { steps: { targets: Record<string, string>[] }[] };
}

const cases: RecordedCase[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

async function take(step: RecordedCase['steps'][number], folder: string): Promise<void> {
  const known = new Set(['write', 'rename', 'remove']);
  expect(Object.keys(step).filter((action) => !known.has(action))).toEqual([]);
  for (const [name, content] of Object.entries(step.write ?? {})) {
    await writeFile(join(folder, name), content);
  }
  for (const [from, to] of Object.entries(step.rename ?? {})) {
    await rename(join(folder, from), join(folder, to));
  }
  for (const name of step.remove ?? []) await rm(join(folder, name));
}

function targetsOf(groups: readonly TargetGroup[], folder: string): Record<string, string>[] {
  return groups.flatMap(({ targets, labels }) =>
    targets.map((target) => {
      const path = labels.get('__meta_filepath')!.replace(folder, 'DIR');
      return Object.fromEntries([...labels, ...target, ['__meta_filepath', path]]);
    }),
  );
}

/** An empty label is no label. */
function withoutEmpty(targets: Record<string, string>[]): Record<string, string>[] {
  return targets.map((labels) =>
    Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== '')),
  );
}

describe.skipIf(cases.length === 0)('recorded sd_file', () => {
  it.each(cases.map((one) => [one.id, one.name, one] as const))(
    '%s %s',
    async (_id, _name, one) => {
      const folder = await mkdtemp(join(tmpdir(), 'prom-agent-recorded-'));
      const part = one.scrape_config_part.replaceAll('DIR', folder).replaceAll(/^/gm, '  ');
      const { scrapeConfigs } = parseConfig(`scrape_configs:\n- job_name: j\n${part}`, 'x.yml');
      const [config] = scrapeConfigs[0]!.discoveries;
      if (config?.kind !== 'file') throw new Error('expected file_sd_configs');
      const clock = new ManualClock();
      const fileTasks = new SerialTasks();
      let groups: readonly TargetGroup[] = [];
      const stop = new AbortController();
      let running: Promise<void> | undefined;
      for (const [i, step] of one.steps.entries()) {
        await take(step, folder);
        const deps = { clock, logger: silentLogger, fileTasks, attemptFailed: () => {} };
        running ??= new FileDiscovery(config, deps).run((update) => {
          groups = update.groups;
        }, stop.signal);
        // One refresh interval, and the read that it starts.
        await clock.advance(config.refreshIntervalMs);
        await fileTasks.run(async () => {});
        await clock.advance(0);
        const wanted = withoutEmpty(one.expect.steps[i]!.targets);
        expect(targetsOf(groups, folder)).toEqual(wanted);
      }
      stop.abort();
      await running;
      await rm(folder, { recursive: true });
    },
  );
});
