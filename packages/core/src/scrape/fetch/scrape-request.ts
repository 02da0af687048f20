import { acceptHeader, type ExpositionFormat, formatOf } from '../../exposition/content-type.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { TargetPlan } from '../target-plan.js';

/** What a scrape says it takes; names and order are Prometheus' (scrape/scrape.go). */
export function requestHeaders(plan: TargetPlan, job: ScrapeJob, userAgent: string) {
  return {
    accept: acceptHeader(job.scrapeProtocols, job.nameEscaping),
    'accept-encoding': job.enableCompression ? 'gzip' : 'identity',
    'user-agent': userAgent,
    'x-prometheus-scrape-timeout-seconds': String(plan.timeoutMs / 1000),
  };
}

/** @throws ScrapeFailure where the content type names no format and the job no fallback */
export function bodyFormat(
  { fallbackScrapeProtocol }: ScrapeJob,
  body: Uint8Array,
  contentType: string | undefined,
): ExpositionFormat {
  const format = formatOf(contentType, fallbackScrapeProtocol);
  // An empty body parses whatever its type (prometheus scrape.go: append returns early on it).
  if (format !== undefined) return format;
  if (body.length === 0) return 'text';
  throw new ScrapeFailure(
    'content_type',
    `content type ${JSON.stringify(contentType ?? '')} names no exposition format, and the job sets no fallback_scrape_protocol`,
  );
}
