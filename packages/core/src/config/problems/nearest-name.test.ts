import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.js';

const names = [
  'job_name',
  'scrape_interval',
  'scrape_timeout',
  'static_configs',
  'ionos_sd_configs',
];

test.each([
  ['scrape_intervall', 'scrape_interval'],
  ['scrape_itnerval', 'scrape_interval'],
  ['Scrape_Interval', 'scrape_interval'],
  ['static_config', 'static_configs'],
  ['interval', 'scrape_interval'],
  ['jobName', 'job_name'],
  ['job', 'job_name'],
  ['bogus_sd_configs', undefined],
  ['x', undefined],
  ['', undefined],
  ['something_else', undefined],
])('%s: did you mean %s?', (typo, meant) => {
  expect(nearestName(typo, names)).toBe(meant);
});
