import { hash } from 'node:crypto';
import { compareUtf8, type Labels } from '../model/labels.js';
import { isMetaLabel, isSettingLabel } from './hidden-labels.js';

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
  return new TargetIds().idOf(job, url, labels);
}

/** {@link targetId} for many targets: those of a job have the same names in the same order, most often. */
export class TargetIds {
  #names: readonly string[] = [];
  /** Job, URL, then each name and its value, and nothing: so the last one has its end, too. */
  #parts: string[] = ['', '', ''];

  idOf(job: string, url: string, labels: Labels): string {
    if (!this.#hasNamesOf(labels)) this.#learn(labels);
    const parts = this.#parts;
    parts[0] = job;
    parts[1] = url;
    for (let i = 2; i + 1 < parts.length; i += 2) parts[i + 1] = labels.get(parts[i]!)!;
    return hash('sha256', parts.join('\0'), 'hex').slice(0, 16);
  }

  #hasNamesOf(labels: Labels): boolean {
    let at = 0;
    for (const name of labels.keys()) {
      if (isIdentifying(name) && this.#names[at++] !== name) return false;
    }
    return at === this.#names.length;
  }

  #learn(labels: Labels): void {
    this.#names = [...labels.keys()].filter(isIdentifying);
    const sorted = this.#names.toSorted(compareUtf8);
    this.#parts = ['', '', ...sorted.flatMap((name) => [name, '']), ''];
  }
}

function isIdentifying(name: string): boolean {
  return !name.startsWith('__') || !(isMetaLabel(name) || isSettingLabel(name));
}
