import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 100;
const startTimeoutMs = 30_000;

/** True when the URL answers with a 2xx status within a second. */
export async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Resolves when the URL answers. Throws an Error for the user when its process ends before. */
export async function waitUntil(url, name, processes) {
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers(url))) {
    const end = await Promise.race([processes.unexpectedEnd, delay(pollMs)]);
    if (end !== undefined) throw new Error(end);
    if (processes.isStopping) throw new Error(`${name} not awaited: stopping`);
    if (performance.now() > deadline) {
      throw new Error(`${name} does not answer at ${url} after ${startTimeoutMs / 1000} s`);
    }
  }
}
