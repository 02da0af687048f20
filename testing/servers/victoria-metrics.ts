import { join } from 'node:path';
import { freePort } from './free-port.js';
import type { QueriedSeries } from './prometheus.js';
import { answers, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface VictoriaMetricsServer {
  readonly url: string;
  readonly remoteWriteUrl: string;
  /** Every sample of a selector as it is stored, in the order of time. */
  samples(selector: string): Promise<readonly QueriedSeries[]>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real single-node VictoriaMetrics. */
export async function startVictoriaMetrics(): Promise<VictoriaMetricsServer> {
  const folder = await tempFolder('victoria-metrics');
  const url = `http://127.0.0.1:${await freePort()}`;
  const running = await startProcess({
    command: 'victoria-metrics',
    args: [
      `-storageDataPath=${join(folder.path, 'data')}`,
      `-httpListenAddr=${new URL(url).host}`,
      '-loggerLevel=WARN',
    ],
    cwd: folder.path,
    ready: answers(`${url}/health`),
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url,
    remoteWriteUrl: `${url}/api/v1/write`,
    samples: (selector) => stored(url, selector),
    async stop() {
      await running.stop();
      await folder.remove();
    },
  };
}

interface ExportedSeries {
  readonly metric: Record<string, string>;
  readonly values: number[];
  readonly timestamps: number[];
}

async function stored(url: string, selector: string): Promise<QueriedSeries[]> {
  // What came last is not seen before.
  await fetch(`${url}/internal/force_flush`);
  const form = new URLSearchParams({ 'match[]': selector });
  const answer = await fetch(`${url}/api/v1/export`, { method: 'POST', body: form });
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { metric, values, timestamps } = JSON.parse(line) as ExportedSeries;
    const samples = values.map((value, i) => ({ timestampMs: timestamps[i]!, value }));
    return { labels: metric, samples, histogram: undefined, histograms: [] };
  });
}
