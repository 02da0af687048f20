import { spawn } from 'node:child_process';
import type { ReplayStatus } from '../../packages/core/src/replay/replay-stats.js';
import type { PrometheusServer } from '../servers/prometheus.js';
import { workerCommand } from '../servers/worker.js';

export interface ReplayRun {
  readonly code: number | null;
  /** What `--json` has printed. */
  readonly status: ReplayStatus | undefined;
  readonly stderr: string;
}

/** What happens to a replay before it ends. */
export type DuringReplay = (run: {
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}) => Promise<void>;

/** `prom-agent replay` with these flags, until it ends or `during` has ended it. */
export async function runReplay(
  args: readonly string[],
  during: DuringReplay = () => Promise.resolve(),
): Promise<ReplayRun> {
  const child = spawn(process.execPath, [workerCommand, 'replay', ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await during({ stderr: () => stderr, kill: (signal) => child.kill(signal) });
    const code = await ended;
    return { code, status: stdout === '' ? undefined : JSON.parse(stdout), stderr };
  } finally {
    child.kill('SIGKILL');
  }
}

/** Of a job's targets, the timestamps of their series with the index 0, by target. */
export async function samplesIn(
  prometheus: PrometheusServer,
  job: string,
): Promise<Map<string, number[]>> {
  const found = await prometheus.query(`m{index="0",instance=~"${job}.*"}[2h]`);
  return new Map(
    found.map(({ labels, samples }) => [
      labels['instance'] ?? '',
      samples.map(({ timestampMs }) => timestampMs),
    ]),
  );
}
