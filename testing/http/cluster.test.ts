import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it("a cluster's primary has the sums of its workers, of native histograms the classic form", async () => {
  const file = fileURLToPath(new URL('./cluster-service.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
  const samples = stdout.split('\n');
  const labels = 'method="GET",route="/orders/:id",status_code="200"';
  expect(samples).toContain(`http_request_duration_seconds_count{${labels}} 6`);
  expect(samples).toContain(`http_request_duration_seconds_bucket{le="+Inf",${labels}} 6`);
  expect(samples).toContain(`http_response_size_bytes_sum{${labels}} 12`);
  expect(samples).toContain('http_requests_in_flight{method="GET"} 0');
  expect(samples).toContain('# TYPE jobs_seconds histogram');
  expect(samples).toContain('jobs_seconds_bucket{le="1"} 2');
  expect(samples).toContain('jobs_seconds_sum 1');
  // Each worker asked itself on a port of its own.
  const sent = samples.filter((line) =>
    line.startsWith('http_client_request_duration_seconds_count'),
  );
  expect(sent.map((line) => line.replace(/.* /, ''))).toEqual(['3', '3']);
  expect(samples.filter((line) => line.startsWith('prom_agent_build_info'))).toHaveLength(1);
});
