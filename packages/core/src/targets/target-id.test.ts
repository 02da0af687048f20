import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { targetId } from './target-id.js';

describe('targetId', () => {
  it('is what its description says', () => {
    const labels = new Map([
      ['job', 'j'],
      ['\u{1f600}', 'beyond the BMP'],
      ['\uff01', 'sorts before it'],
      ['__address__', 'a:1'],
      ['__meta_x', 'no'],
      ['__scrape_interval__', 'no'],
      ['__scrape_timeout__', 'no'],
    ]);
    const identity =
      'j\0http://a:1/metrics\0__address__\0a:1\0job\0j\0\uff01\0sorts before it\0\u{1f600}\0beyond the BMP\0';
    const digest = createHash('sha256').update(identity).digest('hex');
    expect(targetId('j', 'http://a:1/metrics', labels)).toBe(digest.slice(0, 16));
  });

  // Other processes and versions keep queues, owners and phases by these: they never change.
  it.each([
    ['j', 'http://a:1/metrics', { job: 'j', instance: 'a:1' }, '31fb2e53417a94d7'],
    ['k', 'http://a:1/metrics', { job: 'j', instance: 'a:1' }, '6246d28ec8fcef48'],
    ['j', 'http://a:1/metrics?x=1', { job: 'j', instance: 'a:1' }, '08fafd081a95bfaf'],
    ['j', 'http://a:1/metrics', { job: 'j', instance: 'ü' }, 'ea388d13ee3beafe'],
  ])('%s %s %j is %s', (job, url, labels, id) => {
    expect(targetId(job, url, new Map(Object.entries(labels)))).toBe(id);
  });
});
