import type { Metadata, MetricType } from '../../../model/metadata.js';
import { metadataOf } from '../../../model/metadata-of.js';

/** What a sample is to the formats a gateway reads: which family it belongs to, and as what. */
export interface FamilyOf {
  readonly family: string;
  readonly type: MetricType;
  readonly help: string;
  readonly part: 'value' | 'bucket' | 'quantile' | 'sum' | 'count';
}

/** The series that a scrape says of itself: Prometheus knows no metadata of them. */
const synthetic = /^(?:up|scrape_[a-z_]+)$/;

const compoundSuffixes = { _bucket: 'bucket', _sum: 'sum', _count: 'count' } as const;

/**
 * Text and protobuf put the suffixes of histograms and summaries into the family, and leave those of
 * counters in its name; what else OpenMetrics has (`_created`, `_gsum`) are families of their own.
 */
export function familyOf(name: string, families: ReadonlyMap<string, Metadata>): FamilyOf {
  const metadata = metadataOf(name, families);
  const type = metadata?.type;
  if (metadata === undefined || type === undefined) {
    const isSynthetic = synthetic.test(name);
    return { family: name, type: isSynthetic ? 'gauge' : 'unknown', help: '', part: 'value' };
  }
  const { help } = metadata;
  const suffix = name.slice(name.lastIndexOf('_'));
  const isOwn = families.has(name);
  const isHistogram = type === 'histogram' || type === 'gaugehistogram';
  if (!isHistogram && type !== 'summary') {
    const isOther = !isOwn && suffix === '_created';
    return {
      family: name,
      type: isOther ? 'unknown' : type,
      help: isOther ? '' : help,
      part: 'value',
    };
  }
  if (isOwn) {
    const part = type === 'summary' ? 'quantile' : 'value';
    return { family: name, type: part === 'value' ? 'unknown' : type, help, part };
  }
  const part = partOf(suffix);
  if (part === undefined || (part === 'bucket' && !isHistogram)) {
    return { family: name, type: 'unknown', help: '', part: 'value' };
  }
  return { family: name.slice(0, -suffix.length), type, help, part };
}

function partOf(suffix: string): 'bucket' | 'sum' | 'count' | undefined {
  return suffix in compoundSuffixes
    ? compoundSuffixes[suffix as keyof typeof compoundSuffixes]
    : undefined;
}
