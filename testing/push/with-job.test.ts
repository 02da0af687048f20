import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { programs } from './gateways.js';

const jobFile = fileURLToPath(new URL('with-job.mjs', import.meta.url));

const run = (url: string, deadlineMs: number, ...more: string[]) =>
  runCommand(process.execPath, [jobFile, url, String(deadlineMs), ...more]);

describe.each(programs)('a job of 50 ms and a real %s', (program) => {
  test.skipIf(requireServer(program))('its push arrives, and so does its failure', async () => {
    const gateway = await startPushgateway({ program });
    try {
      expect(await run(gateway.url, 30_000)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\{"outcome":"pushed","words":""\}\n\d+\n$/),
        stderr: '',
      });
      const succeeded = await gateway.metrics();
      expect(succeeded).toContain('job_success{instance="",job="nightly"} 1\n');
      expect(await run(gateway.url, 30_000, 'fails')).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('the disk is full\n'),
      });
      const failed = await gateway.metrics();
      expect(failed).toContain('job_success{instance="",job="nightly"} 0\n');
      expect(lastSuccess(failed)).toBe(lastSuccess(succeeded));
    } finally {
      await gateway.stop();
    }
  });

  test.skipIf(requireServer(program))('hanging, it costs no more than the deadline', async () => {
    const gateway = await startPushgateway({ program });
    try {
      gateway.process()!.signal('SIGSTOP');
      const { code, stdout } = await run(gateway.url, 300);
      expect(code).toBe(0);
      const [result, pushMs] = stdout.trim().split('\n');
      expect(JSON.parse(result!)).toMatchObject({ outcome: 'unreachable' });
      // How much later than its deadline a busy machine lets a process go on is not ours to say.
      expect(Number(pushMs)).toBeLessThan(10_000);
    } finally {
      gateway.process()!.signal('SIGCONT');
      await gateway.stop();
    }
  });
});

test('a gateway that is down costs no more than the deadline', async () => {
  const { code, stdout } = await run(`http://127.0.0.1:${await freePort()}`, 300);
  expect(code).toBe(0);
  expect(stdout).toContain('"outcome":"unreachable"');
});

function lastSuccess(metrics: string): string | undefined {
  return /^job_last_success_timestamp_seconds\{.*$/m.exec(metrics)?.[0];
}
