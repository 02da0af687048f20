import type { ValueFamily } from '../model/metric-family.js';

/** How a run of a job ended. */
export interface JobRun {
  readonly isSuccess: boolean;
  readonly durationSeconds: number;
  /** Unix time. */
  readonly endSeconds: number;
}

/**
 * The metrics of a batch job, by the names that client_golang's and the Pushgateway's own examples
 * end in; the job itself is their label. A failed run says nothing of the last success: pushed with
 * POST, the one of before stays.
 */
export function jobFamilies({ isSuccess, durationSeconds, endSeconds }: JobRun): ValueFamily[] {
  const families = [
    gauge('job_duration_seconds', 'How long the last run of the job took.', durationSeconds),
    gauge('job_success', 'Whether the last run of the job succeeded.', isSuccess ? 1 : 0),
    gauge(
      'job_last_completion_timestamp_seconds',
      'When the job ended last, however it ended.',
      endSeconds,
    ),
  ];
  if (isSuccess) {
    const help = 'When the job succeeded last.';
    families.push(gauge('job_last_success_timestamp_seconds', help, endSeconds));
  }
  return families;
}

function gauge(name: string, help: string, value: number): ValueFamily {
  return { name, type: 'gauge', help, series: [{ labels: [], value }] };
}

/** Gauges without labels in the text format. */
export function gaugeText(families: readonly ValueFamily[]): Uint8Array {
  const texts = families.map(({ name, help, series: [series] }) => {
    const head = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
    return `${head}${name} ${series?.value}\n`;
  });
  return Buffer.from(texts.join(''));
}
