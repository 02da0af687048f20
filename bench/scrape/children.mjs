// Processes and folders the benchmark makes; none outlives it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const running = new Set();
const folders = new Set();

process.on('exit', () => {
  for (const child of running) killGroup(child);
  for (const folder of folders) removeFolder(folder);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // Exits by way of the handler above.
  process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

export function makeFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'prom-agent-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
}

/** A module of ours in its own process; resolves with its first message. */
export async function startModule(file, args) {
  const child = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
  track(child);
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${file} ended with exit code ${code}`);
    }),
  ]);
  return { pid: child.pid, message, stop: () => stop(child) };
}

/** An agent, ready when its URL answers 200. */
export async function startAgent(executable, args, readyUrl) {
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  track(child);
  let output = '';
  const keep = (text) => {
    output = (output + text).slice(-8192);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const deadline = performance.now() + 30_000;
  while (!(await isReady(readyUrl))) {
    if (!running.has(child) || performance.now() > deadline) {
      await stop(child);
      throw new Error(`${executable} did not get ready:\n${output}`);
    }
    await delay(100);
  }
  return {
    pid: child.pid,
    isRunning: () => running.has(child),
    output: () => output,
    stop: () => stop(child),
  };
}

function track(child) {
  running.add(child);
  child.once('error', () => running.delete(child));
  child.once('exit', () => running.delete(child));
}

async function stop(child) {
  if (!running.has(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([exited, delay(20_000, undefined, { ref: false })]);
  killGroup(child);
  await exited;
}

async function isReady(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
