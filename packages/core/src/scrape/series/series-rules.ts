import { isDeepStrictEqual } from 'node:util';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { TargetPlan } from '../target-plan.js';

/** The job of one target: its own histogram settings in place of the job's. */
export function jobOfPlan(job: ScrapeJob, plan: TargetPlan): ScrapeJob {
  return plan.histograms === undefined ? job : { ...job, ...plan.histograms };
}

/** What only a request needs: another value leaves the series of a target as they are. */
const requestFields = {
  http: undefined,
  enableCompression: false,
  bodySizeLimitBytes: 0,
  scrapeProtocols: [],
  fallbackScrapeProtocol: undefined,
  nameEscaping: 'allow-utf-8',
  scrapeFailureLogFile: undefined,
} as const;

/** Whether both jobs make the same series of the same body. */
export function makesSameSeries(a: ScrapeJob, b: ScrapeJob): boolean {
  return a === b || isDeepStrictEqual({ ...a, ...requestFields }, { ...b, ...requestFields });
}
