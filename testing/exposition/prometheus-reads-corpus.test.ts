import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { parsedSamples, scrapedSamples } from './samples-by-series.js';

/*
 * Bodies of real exporters, recorded beside the repository, through a real Prometheus and through our
 * parser: every sample is compared, not a few.
 */

const folder = new URL('../../../shared/conformance/corpus/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.txt')) : [];
const formatOf = (file: string) => (file.endsWith('.om.txt') ? 'openmetrics' : 'text');
const contentTypes = {
  text: 'text/plain; version=0.0.4',
  openmetrics: 'application/openmetrics-text; version=1.0.0',
};

describe.skipIf(requireServer('prometheus') || files.length === 0)(
  'recorded bodies, through a real Prometheus and our parser',
  () => {
    let exporter: FakeExporter;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      exporter = await startExporter((request, response) => {
        const file = new URL(request.url ?? '/', 'http://x').searchParams.get('file')!;
        response.setHeader('content-type', contentTypes[formatOf(file)]);
        response.end(readFileSync(new URL(file, folder)));
      });
      prometheus = await startPrometheus({
        config: {
          scrape_configs: files.map((file) => ({
            job_name: file,
            scrape_interval: '10s',
            // Old times would be refused.
            honor_timestamps: false,
            params: { file: [file] },
            static_configs: [{ targets: [exporter.address] }],
          })),
        },
      });
    });

    afterAll(async () => {
      await prometheus?.stop();
      await exporter?.stop();
    });

    it.each(files)('%s', async (file) => {
      const target = `job="${file}"`;
      expect(await prometheus.find(`up{${target}} == 1`)).toHaveLength(1);
      const found = await prometheus.query(`{${target},__name__!~"up|scrape_.*"}`);
      const parsed = parsedSamples(readFileSync(new URL(file, folder)), formatOf(file));
      expect(parsed.size).toBeGreaterThan(10);
      expect(scrapedSamples(found)).toEqual(parsed);
    });
  },
);
