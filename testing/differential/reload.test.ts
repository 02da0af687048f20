import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { isScrape, valueRuns } from './delivered-lines.js';
import { type Scenario, text } from './scenario.js';
import { type Side, SideBySide } from './side-by-side.js';

/** The same body for ever: what changes is who is scraped, and how. */
const steady = {
  answer: () => text('a{x="1"} 1', 'a{x="2"} 2', 'b 3'),
  scrapes: Number.POSITIVE_INFINITY,
};
const dropB = { source_labels: ['__name__'], regex: 'b', action: 'drop' };

/** Jobs before and after the reload; without the one or the other they come or go with it. */
const jobs: Readonly<Record<string, { before?: object; after?: object }>> = {
  unchanged: { before: {}, after: {} },
  deleted: { before: {} },
  added: { after: {} },
  'other-interval': { before: {}, after: { scrape_interval: '1s', scrape_timeout: '900ms' } },
  'other-relabelling': { before: {}, after: { metric_relabel_configs: [dropB] } },
  'relabelling-taken-back': { before: { metric_relabel_configs: [dropB] }, after: {} },
  'other-sample-limit': { before: {}, after: { sample_limit: 2 } },
  'other-honor-labels': { before: {}, after: { honor_labels: true } },
  'other-body-size-limit': { before: {}, after: { body_size_limit: '10B' } },
};

/**
 * After a reload that changes a job Prometheus counts all of its series as added once more: the runs
 * of scrape_series_added. docs/reference/conformance.md, Scraping.
 */
const addedAgain: Readonly<Record<string, { prometheus: string; promAgent: string }>> = {
  'other-interval': { prometheus: '3 0 3 0', promAgent: '3 0' },
  'other-relabelling': { prometheus: '3 0 2 0', promAgent: '3 0' },
  'relabelling-taken-back': { prometheus: '2 0 3 0', promAgent: '2 0 1 0' },
  'other-honor-labels': { prometheus: '3 0 3 0', promAgent: '3 0' },
};

const names = Object.keys(jobs);
const inFile = 'in-a-file';

describe.skipIf(requireServer('prometheus'))('what comes and goes, beside Prometheus', () => {
  let folder: TempFolder;
  let both: SideBySide;

  /** Discovery looks for a file that was moved into place. */
  const writeTargets = async (...targets: readonly ('stays' | 'goes')[]): Promise<void> => {
    const groups = targets.map((target) => ({
      targets: [both?.at.exporter ?? '127.0.0.1:1'],
      labels: { scenario: inFile, target },
    }));
    const file = join(folder.path, 'new');
    await writeFile(file, JSON.stringify(groups));
    await rename(file, join(folder.path, 'targets.json'));
  };

  const jobsOf = (when: 'before' | 'after'): Scenario[] => [
    ...Object.entries(jobs).flatMap(([name, { [when]: job }]) =>
      job === undefined ? [] : [{ name, job, ...steady }],
    ),
    {
      name: inFile,
      job: {
        static_configs: [],
        file_sd_configs: [{ files: [join(folder.path, 'targets.json')], refresh_interval: '1s' }],
      },
      ...steady,
    },
  ];

  beforeAll(async () => {
    folder = await tempFolder('differential');
    await writeTargets();
    both = await SideBySide.start(jobsOf('before'), [...jobsOf('before'), ...jobsOf('after')]);
    await writeTargets('stays', 'goes');
    await both.until((side) =>
      names.every((name) => jobs[name]!.before === undefined || scrapes(side, name) > 1),
    );
    await both.until((side) => scrapes(side, inFile, 'goes') > 1);
    await both.reload(jobsOf('after'));
    await writeTargets('stays');
    await both.until((side) => hasEnded(side, inFile, 'goes'));
    const counts = both.sides.map((side) => scrapes(side, inFile, 'goes'));
    await writeTargets('stays', 'goes');
    await both.until(
      (side) => scrapes(side, inFile, 'goes') > counts[both.sides.indexOf(side)]! + 1,
    );
    await both.until((side) => scrapes(side, 'added') > 1);
  }, 120_000);

  afterAll(async () => {
    await both?.stop();
    await folder?.remove();
  });

  const runsOf = (name: string, target?: string): string[][] =>
    both.sides.map(({ delivered }) => valueRuns(delivered.samplesOf(name, target)));

  it.each(names.filter((name) => name !== 'deleted'))('%s', (name) => {
    const [prometheus, promAgent] = runsOf(name);
    const again = addedAgain[name];
    const expected = prometheus!.map((run) =>
      again !== undefined && run.startsWith('scrape_series_added{')
        ? run.replace(`} ${again.prometheus}`, `} ${again.promAgent}`)
        : run,
    );
    expect(promAgent).toEqual(expected);
    if (again !== undefined) expect(expected).not.toEqual(prometheus);
  });

  it.each(['stays', 'goes'])('a target of a file that %s', (target) => {
    const [prometheus, promAgent] = runsOf(inFile, target);
    expect(promAgent).toEqual(prometheus);
  });

  it('a job that is deleted gets its markers, which Prometheus leaves out', () => {
    const [prometheus, promAgent] = runsOf('deleted');
    expect(promAgent).toEqual(prometheus!.map((run) => `${run} stale`));
  });

  it('an agent that ends writes no markers: another may go on', async () => {
    await Promise.all(both.sides.map(({ process }) => process.stop()));
    const [prometheus, promAgent] = runsOf('unchanged');
    expect(promAgent).toEqual(prometheus);
    expect(promAgent!.join()).not.toContain('stale');
  });
});

function scrapes({ delivered }: Side, scenario: string, target?: string): number {
  return delivered.samplesOf(scenario, target).filter(isScrape).length;
}

/** The last word on the target is a marker. */
function hasEnded({ delivered }: Side, scenario: string, target: string): boolean {
  const runs = valueRuns(delivered.samplesOf(scenario, target));
  return runs.length > 0 && runs.every((run) => run.endsWith(' stale'));
}
