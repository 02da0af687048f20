import { textOf } from '../scalar-text.js';
import { type BlockOutput, block, checkedBlock, fieldName, type ReportField } from './block.js';
import { byteSize, count, duration, flag, leaf, nonEmptyText, oneOf } from './leaf.js';

const mostThreads = 256;
const leastThreadMemoryBytes = 16 * 2 ** 20;
const leastQueueBytes = 2 ** 20;

export const agentSchema = block({
  threads: count(0, mostThreads).optional(),
  thread_memory: byteSize(leastThreadMemoryBytes).optional(),
  series_limit: count(0).optional(),
  job_series_limit: count(0).optional(),
  target_series_limit: count(0).optional(),
  allow_link_local_redirects: flag().optional(),
  self: block({
    enabled: flag().optional(),
    job: nonEmptyText('the name of a job').optional(),
    instance: nonEmptyText('an instance such as host:3000').optional(),
    interval: duration().optional(),
    scrape_native_histograms: flag().optional(),
    always_scrape_classic_histograms: flag().optional(),
  }).nullish(),
  queue: block({
    path: nonEmptyText('a directory').optional(),
    max_bytes: byteSize(leastQueueBytes).optional(),
    max_age: duration().optional(),
    order: oneOf(['per_series', 'newest_first']).optional(),
    fsync: oneOf(['none', 'interval', 'always']).optional(),
  }).nullish(),
});

const laterEngines = ['zookeeper', 'consul', 'etcd', 'kafka', 'local'];

function engine() {
  const expected = 'static, the only engine prom-agent supports yet';
  return leaf(expected, (value) => (textOf(value) === 'static' ? ('static' as const) : undefined));
}

const memberFields = { member: count(0), members: count(1) };

function checkMember(written: BlockOutput<typeof memberFields>, report: ReportField): void {
  const { member, members } = written;
  if (member < members) return;
  const of = `the pool has ${members} ${fieldName('members')}, counted from 0`;
  report('member', `found ${member}, expected 0 to ${members - 1}: ${of}`);
}

export const poolSchema = block(
  {
    name: nonEmptyText('the name of the pool').optional(),
    engine: engine(),
    static: checkedBlock(memberFields, checkMember),
  },
  {
    own: [
      'advertise',
      'lease',
      'replicas',
      'replica_label',
      'zone',
      'on_engine_loss',
      'max_outage',
      ...laterEngines,
    ],
  },
);
