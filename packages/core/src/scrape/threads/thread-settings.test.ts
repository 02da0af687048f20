import { beforeEach, expect, it } from 'vitest';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { OutputSettings, ToShard } from '../messages.js';
import { ThreadSettings } from './thread-settings.js';

const outputs: OutputSettings = {
  externalLabels: { cluster: 'c' },
  remoteWrites: [],
  kafkaWrites: [],
  pushgatewayWrites: [],
};
let told: [slot: number, type: string][];
let settings: ThreadSettings;

beforeEach(() => {
  told = [];
  settings = new ThreadSettings(2, (slot: number, { type }: ToShard) => {
    told.push([slot, type]);
  });
});

it('tells all threads of jobs and outputs', () => {
  settings.setJobs([jobOf('a', 0)]);
  settings.setOutputs(outputs);
  expect(told).toEqual([
    [0, 'jobs'],
    [1, 'jobs'],
    [0, 'outputs'],
    [1, 'outputs'],
  ]);
});

it('tells a thread that starts later of outputs only when they are others than it was started with', () => {
  settings.tell(1);
  expect(told).toEqual([[1, 'jobs']]);
  settings.setOutputs(outputs);
  told = [];
  settings.tell(1);
  expect(told).toEqual([
    [1, 'outputs'],
    [1, 'jobs'],
  ]);
});

it('says which jobs have changed', () => {
  settings.setJobs([jobOf('same', 1), jobOf('other', 1), jobOf('gone', 1)]);
  const isChanged = settings.setJobs([jobOf('same', 1), jobOf('other', 2), jobOf('new', 1)]);
  const changed = ['same', 'other', 'gone', 'new', 'never'].filter(isChanged);
  expect(changed).toEqual(['other', 'gone', 'new']);
});

function jobOf(key: string, sampleLimit: number): { key: string; job: ScrapeJob } {
  return { key, job: { name: key, sampleLimit } as ScrapeJob };
}
