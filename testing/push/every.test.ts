import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

const script = fileURLToPath(new URL('misbehaving-script.sh', import.meta.url));
/** How long what a script leaves behind would sleep: a number that nothing else on the machine has. */
const sleepSeconds = `86${process.pid}`;
const {
  PROM_AGENT_SCRIPT_RUNS: wantedRuns = '100',
  PROM_AGENT_SCRIPT_INTERVAL_MS: wantedMs = '100',
} = process.env;
const runs = Number(wantedRuns);
const intervalMs = Number(wantedMs);

/** Longer than a busy machine takes to start a shell. */
const timeoutIntervals = 5;

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Runner {
  readonly child: ChildProcess;
  stderr(): string;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

function startPush(...args: string[]): Runner {
  const child = spawn(process.execPath, [workerCommand, 'push', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  closers.push(() => child.kill('SIGKILL'));
  return {
    child,
    stderr: () => stderr,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function gatewayOf(...flags: string[]): Promise<Pushgateway> {
  const gateway = await startPushgateway({ flags });
  closers.push(() => gateway.stop());
  return gateway;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}

const isLinux = process.platform === 'linux';

describe.skipIf(requireServer('pushgateway') || !isLinux)('prom-agent push --every', () => {
  test(`${runs} runs of a script that fails, hangs, forks, prints garbage or a megabyte`, {
    timeout: 120_000 + runs * intervalMs * 10,
  }, async () => {
    const gateway = await gatewayOf();
    const folder = await tempFolder('every');
    closers.push(() => folder.remove());
    await writeFile(join(folder.path, 'next'), '0');
    await writeFile(join(folder.path, 'runs'), '');
    const line = (i: number): string => `megabyte{line="${i}"} 1\n`;
    const megabyte = Array.from({ length: 42_000 }, (_, i) => line(i)).join('');
    await writeFile(join(folder.path, 'megabyte'), megabyte);
    const runner = startPush(
      ...[gateway.url, '--job', 'script', '--no-instance', '--every', `${intervalMs}ms`],
      ...['--command-timeout', `${intervalMs * timeoutIntervals}ms`],
      ...['--', 'bash', script, folder.path, sleepSeconds],
    );
    const pid = runner.child.pid!;
    const readRuns = async (): Promise<Run[]> =>
      parseRuns(await readFile(join(folder.path, 'runs'), 'utf8'));
    await until(async () => (await readRuns()).length >= 20);
    const openBefore = await fewestOpen(pid);
    const zombies = new Set<number>();
    await until(async () => {
      for (const zombie of await lastingZombies(pid)) zombies.add(zombie);
      return (await readRuns()).length >= runs;
    });
    expect([...zombies]).toEqual([]);
    // A run and a push that are under way have their own; a leak stays.
    await until(() => openFiles(pid).length <= openBefore);
    await until(async () => (await gateway.groups()).length > 0);
    expect(await runner.stop()).toBe(0);
    const stray = () => commandsWith(sleepSeconds);
    await until(() => stray().length === 0);
    const done = await readRuns();
    // Each slot had its run, or was said to be left out.
    expect(slotsPassed(done)).toBeLessThanOrEqual(done.length + saidMissed(runner.stderr()));
    report(done);
    expect(runner.stderr()).toContain('the command failed: it ended with exit code 3');
    expect(runner.stderr()).toContain('the command failed: it took longer than');
    expect(runner.stderr()).toContain('the command printed lines that are wrong:');
    const [group] = await gateway.groups();
    expect(Object.keys(group!)).toContain('script_exit_code');
  });

  test('SIGTERM ends a command that hangs, pushes what waits, and by option deletes the group', async () => {
    const gateway = await gatewayOf();
    const runner = startPush(
      ...[gateway.url, '--job', 'gone', '--every', '200ms', '--command-timeout', '1h'],
      ...['--on-exit', 'delete', '--', 'echo', 'a 1'],
    );
    await until(async () => (await gateway.groups()).length === 1);
    expect((await gateway.groups())[0]).toMatchObject({ labels: { job: 'gone' } });
    expect(await runner.stop()).toBe(0);
    expect(await gateway.groups()).toEqual([]);

    const hanging = startPush(
      ...[gateway.url, '--job', 'hangs', '--every', '200ms', '--command-timeout', '1h'],
      ...['--', 'sleep', sleepSeconds],
    );
    await until(() => commandsWith(sleepSeconds).length > 0);
    expect(await hanging.stop()).toBe(0);
    await until(() => commandsWith(sleepSeconds).length === 0);
  });

  test('a gateway that comes late gets the last state, and an outage is told twice', async () => {
    const gateway = await gatewayOf();
    await gateway.kill();
    const runner = startPush(
      ...[gateway.url, '--job', 'late', '--no-instance', '--every', '100ms'],
      ...['--', 'sh', '-c', 'echo "now $(date +%s)"'],
    );
    await until(() => runner.stderr().includes('the Pushgateway was not reached'));
    await gateway.start();
    await until(async () => (await gateway.groups()).length === 1);
    await until(() => runner.stderr().includes('takes the metrics again'));
    expect(await runner.stop()).toBe(0);
    const lines = runner.stderr().trim().split('\n');
    // A busy machine takes longer for the command than its slot.
    expect(lines.filter((line) => !line.includes('left out'))).toHaveLength(2);
  });
});

interface Run {
  readonly index: number;
  readonly ms: number;
}

function parseRuns(text: string): Run[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [index, seconds] = line.split(' ');
    return { index: Number(index), ms: Number(seconds) * 1000 };
  });
}

function slotsPassed(done: readonly Run[]): number {
  return Math.round((done.at(-1)!.ms - done[0]!.ms) / intervalMs);
}

function saidMissed(stderr: string): number {
  return [...stderr.matchAll(/so long that (\d+) runs? /g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

/** Which scripts made others miss their slots: for who looks at a long run. */
function report(done: readonly Run[]): void {
  if (process.env['PROM_AGENT_SCRIPT_RUNS'] === undefined) return;
  const missed = new Map<string, number>();
  for (const [i, { index, ms }] of done.entries()) {
    const next = done[i + 1];
    if (next === undefined) break;
    const slots = Math.round((next.ms - ms) / intervalMs) - 1;
    const key = `kind ${index % 20}: ${slots} missed`;
    if (slots > 0) missed.set(key, (missed.get(key) ?? 0) + 1);
  }
  console.log(done.length, 'runs', Object.fromEntries([...missed].sort()));
}

/** Of several moments. */
async function fewestOpen(pid: number): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 30; i++) {
    fewest = Math.min(fewest, openFiles(pid).length);
    await delay(10);
  }
  return fewest;
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))];
    } catch {
      return [];
    }
  });
}

/** A child is a zombie for the moment until its parent looks: one that was not looked at is a leak. */
async function lastingZombies(pid: number): Promise<number[]> {
  const before = new Set(zombiesOf(pid));
  if (before.size === 0) return [];
  await delay(1_000);
  return zombiesOf(pid).filter((zombie) => before.has(zombie));
}

function zombiesOf(parent: number): number[] {
  return processes().filter((pid) => {
    const stat = readOf(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return stat[0] === 'Z' && Number(stat[1]) === parent;
  });
}

function commandsWith(word: string): number[] {
  return processes().filter((pid) => {
    const words = readOf(pid, 'cmdline').split('\0');
    return words[0] === 'sleep' && words.includes(word);
  });
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
