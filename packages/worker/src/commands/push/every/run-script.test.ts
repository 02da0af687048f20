import { readFileSync } from 'node:fs';
import { systemClock } from '@prom-agent/core/push-client';
import { describe, expect, test } from 'vitest';
import { runScript, type ScriptOptions } from './run-script.js';

const longMs = 60_000;

function run(script: string, more: Partial<ScriptOptions> = {}) {
  return runScript({
    command: ['sh', '-c', script],
    timeoutMs: longMs,
    maxOutputBytes: 1024 * 1024,
    clock: systemClock,
    signal: new AbortController().signal,
    ...more,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An orphan stays a zombie until the machine's first process looks after it. */
async function untilDead(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  while (isAlive(pid) && !isZombie(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a command that', () => {
  test('prints and ends', async () => {
    const { output, durationSeconds, ...rest } = await run('echo a 1; echo b 2');
    expect(output.toString()).toBe('a 1\nb 2\n');
    expect(durationSeconds).toBeGreaterThan(0);
    expect(rest).toEqual({ failure: undefined, exitCode: 0, isCut: false });
  });

  test.each([
    ['fails', 'exit 3', 3],
    ['kills itself', 'kill -SEGV $$', 139],
  ])('%s', async (_name, script, exitCode) => {
    expect(await run(script)).toMatchObject({ exitCode, failure: undefined });
  });

  test.each([
    ['is not there', ['/no/such/command'], 127],
    ['is no program', ['/dev/null'], 126],
    ['has a NUL in its name', ['a\0b'], 126],
  ])('%s', async (_name, command, exitCode) => {
    const result = await run('', { command: command as [string] });
    expect(result).toMatchObject({ exitCode, output: Buffer.alloc(0) });
    expect(result.failure).toContain('it cannot be started: ');
  });

  test('prints a megabyte', async () => {
    const { output, isCut } = await run('head -c 1048576 /dev/zero');
    expect(output).toHaveLength(1024 * 1024);
    expect(isCut).toBe(false);
  });

  test('prints without end is killed', async () => {
    const result = await run('yes', { maxOutputBytes: 100_000 });
    expect(result).toMatchObject({
      exitCode: 137,
      isCut: true,
      failure: 'it printed more than 100000 bytes',
    });
    expect(result.output).toHaveLength(100_000);
  });

  test('hangs is ended at its timeout', async () => {
    const result = await run('echo a 1; sleep 600', { timeoutMs: 1_500 });
    expect(result).toMatchObject({ exitCode: 143, failure: 'it took longer than 1500 ms' });
    expect(result.output.toString()).toBe('a 1\n');
  });

  test('does not listen to SIGTERM is killed', async () => {
    const result = await run("trap '' TERM; echo $$; while :; do sleep 0.05; done", {
      timeoutMs: 1_500,
    });
    expect(result.exitCode).toBe(137);
    await untilDead(Number(result.output));
  });

  test('leaves children behind: they are killed when it ends', async () => {
    const { output, exitCode } = await run('sleep 600 & echo $!; sleep 600 & echo $!');
    expect(exitCode).toBe(0);
    for (const pid of output.toString().trim().split('\n')) await untilDead(Number(pid));
  });

  test('hangs with children: they are killed with it', async () => {
    const { output } = await run('(trap "" TERM; sleep 600) & echo $!; wait', { timeoutMs: 1_500 });
    await untilDead(Number(output));
  });

  const isLinux = process.platform === 'linux';
  test.runIf(isLinux)(
    'has a child with the pipe in a session of its own: it is not waited for',
    async () => {
      const { output, exitCode } = await run('setsid sleep 600 & echo $!');
      const pid = Number(output);
      process.kill(pid, 'SIGKILL');
      expect(exitCode).toBe(0);
    },
  );

  test('is stopped', async () => {
    const stop = new AbortController();
    const running = run('sleep 600', { signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ failure: 'it was stopped' });
  });

  test('gets nothing to read', async () => {
    expect(await run('cat')).toMatchObject({ exitCode: 0, output: Buffer.alloc(0) });
  });
});
