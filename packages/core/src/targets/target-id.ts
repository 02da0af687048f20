import { hash } from 'node:crypto';
import { type Labels, sortedLabels } from '../model/labels.js';
import { isIdentifyingLabel } from './hidden-labels.js';

/**
 * The name of a target everywhere: the first 16 hex digits of SHA-256 over the UTF-8 bytes of
 * `job\0url\0` and `name\0value\0` for each relabelled label, sorted by the bytes of the names.
 *
 * Hidden labels (`__address__`, `__param_x`, …) count, as in Prometheus' own target hash. What says
 * nothing of which endpoint this is does not: `__meta_*`, which may change at any time, interval
 * and timeout, and how histograms are read, so that a target whose settings change stays the same.
 *
 * @param job the job's name in the configuration; two jobs with one URL are two targets
 * @param url with its parameters
 * @param labels after relabelling
 */
export function targetId(job: string, url: string, labels: Labels): string {
  const identifying = sortedLabels(labels).filter(([name]) => isIdentifyingLabel(name));
  return idOfText([job, url, ...identifying.flat(), ''].join('\0'));
}

/** @param text job, URL, each name and its value in order, and \0 behind each */
export function idOfText(text: string): string {
  const digest = hash('sha256', text, 'hex');
  // A slice would keep the whole digest in memory.
  scratch.write(digest, 0, idChars, 'latin1');
  return scratch.toString('latin1', 0, idChars);
}

const idChars = 16;
const scratch = Buffer.alloc(idChars);
