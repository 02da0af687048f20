import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { startProcess } from '../servers/start-process.js';
import { tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

const example = (path: string): string =>
  fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

const closers: (() => Promise<unknown>)[] = [];
let gateway: Pushgateway;

/** As a user would run it until it is stopped; resolves when the group is there. */
async function runEvery(job: string, env: Record<string, string>, ...command: string[]) {
  const flags = ['--job', job, '--no-instance', '--every', '1s'];
  const runner = await startProcess({
    command: process.execPath,
    args: [workerCommand, 'push', gateway.url, ...flags, '--', ...command],
    env,
    ready: async () => (await gateway.groups()).length > 0,
  });
  expect(await runner.stop()).toMatchObject({ code: 0 });
}

describe.skipIf(requireServer('pushgateway'))('examples that push', () => {
  beforeEach(async () => {
    gateway = await startPushgateway();
    closers.push(() => gateway.stop());
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it.runIf(process.platform === 'linux')('TCP connections that wait', async () => {
    await runEvery('tcp', {}, example('scripts/tcp-wait.sh'));
    const metrics = await gateway.metrics();
    for (const state of ['close_wait', 'fin_wait1', 'fin_wait2', 'time_wait']) {
      expect(metrics).toMatch(
        new RegExp(`^tcp_connections\\{instance="",job="tcp",state="${state}"\\} \\d+$`, 'm'),
      );
    }
    expect(metrics).toContain('script_success{instance="",job="tcp"} 1\n');
  });

  // Not every machine has ping, and few containers may send one: this one writes what others do.
  it.each([
    ['iputils', 'rtt min/avg/max/mdev = 0.021/0.500/1.250/0.010 ms'],
    ['busybox', 'round-trip min/avg/max = 0.021/0.500/1.250 ms'],
  ])('latency and loss, by the words of %s', async (_name, times) => {
    const folder = await tempFolder('ping');
    closers.push(() => folder.remove());
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'ping'),
      [
        '#!/bin/sh',
        'for host; do :; done',
        'case $host in',
        `  near) echo "5 packets transmitted, 4 received, 20% packet loss, time 812ms"; echo "${times}" ;;`,
        '  away) echo "5 packets transmitted, 0 received, 100% packet loss, time 812ms"; exit 1 ;;',
        '  *) echo "ping: $host: Name or service not known" >&2; exit 2 ;;',
        'esac',
        '',
      ].join('\n'),
    );
    await chmod(join(bin, 'ping'), 0o755);
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    await runEvery('ping', env, example('scripts/ping.sh'), 'near', 'away', 'nowhere');
    const lines = (await gateway.metrics()).split('\n').filter((line) => /^ping_/.test(line));
    const ofTarget = (name: string, target: string, value: string) =>
      `${name}{instance="",job="ping",target="${target}"} ${value}`;
    expect(lines).toEqual([
      ofTarget('ping_loss_ratio', 'away', '1'),
      ofTarget('ping_loss_ratio', 'near', '0.2'),
      ofTarget('ping_loss_ratio', 'nowhere', '1'),
      ofTarget('ping_rtt_best_seconds', 'near', '2.1e-05'),
      ofTarget('ping_rtt_mean_seconds', 'near', '0.0005'),
      ofTarget('ping_rtt_worst_seconds', 'near', '0.00125'),
    ]);
  });

  it('a batch job', async () => {
    const job = (...files: string[]) =>
      runCommand(process.execPath, [example('batch-job/job.mjs'), ...files], {
        env: { PUSHGATEWAY_URL: gateway.url },
      });
    expect(await job(example('README.md'))).toEqual({ code: 0, stdout: '', stderr: '' });
    const good = await gateway.metrics();
    expect(good).toContain('job_success{instance="",job="count-lines"} 1\n');
    expect(good).toMatch(/^counted_lines\{instance="",job="count-lines"\} [1-9]\d*$/m);
    expect(await job()).toEqual({ code: 1, stdout: '', stderr: 'usage: node job.mjs FILE...\n' });
    expect(await gateway.metrics()).toContain('job_success{instance="",job="count-lines"} 0\n');
  });
});
