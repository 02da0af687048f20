import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load-config.js';
import { configChanges } from './config-changes.js';

const of = (yaml: string) => parseConfig(yaml, 'prometheus.yml');

function changes(before: string, after: string) {
  const { changedJobs, removedJobs, ...rest } = configChanges(of(before), of(after));
  return { changed: changedJobs.map(({ job }) => job.name), removed: removedJobs, ...rest };
}

const nothing = {
  changed: [],
  removed: [],
  outputs: false,
  pool: false,
  self: false,
  needRestart: [],
};
const jobs = (...fields: string[]) =>
  `scrape_configs: [${fields.map((one, i) => `{job_name: j${i}, ${one}}`).join(', ')}]`;
const write = (fields: string) => `remote_write: [{url: "http://a/", ${fields}}]`;

describe('configChanges', () => {
  it.each<[what: string, before: string, after: string, expected: object]>([
    ['the same', jobs('sample_limit: 1'), jobs('sample_limit: 1'), {}],
    [
      'another order',
      'scrape_configs: [{job_name: a}, {job_name: b}]',
      'scrape_configs: [{job_name: b}, {job_name: a}]',
      {},
    ],
    ['other words for the same', jobs('scrape_interval: 60s'), jobs('scrape_interval: 1m'), {}],
    ['discoveries alone', jobs('static_configs: [{targets: [a]}]'), jobs(''), {}],
    ['a new job', jobs(''), jobs('', ''), { changed: ['j1'] }],
    ['a job that is gone', jobs('', ''), jobs(''), { removed: ['j1'] }],
    ['a limit', jobs('', ''), jobs('', 'sample_limit: 1'), { changed: ['j1'] }],
    ['a rule', jobs(''), jobs('relabel_configs: [{target_label: a}]'), { changed: ['j0'] }],
    [
      'what jobs inherit',
      jobs(''),
      `global: {scrape_interval: 5s}\n${jobs('')}`,
      { changed: ['j0'], self: true },
    ],
    ['external labels', '', 'global: {external_labels: {a: b}}', { outputs: true }],
    ['a queue', write(''), write('queue_config: {max_shards: 2}'), { outputs: true }],
    ['the first output', '', write(''), { outputs: true, self: true }],
    [
      'exemplars, which the own registry has in protobuf alone',
      write(''),
      write('send_exemplars: true'),
      { outputs: true, self: true },
    ],
    ['threads', 'agent: {threads: 1}', 'agent: {threads: 2}', { needRestart: ['threads'] }],
    ['the own registry', '', 'agent: {self: {job: x}}', { self: true }],
  ])('%s', (_what, before, after, expected) => {
    expect(changes(before, after)).toEqual({ ...nothing, ...expected });
  });
});
