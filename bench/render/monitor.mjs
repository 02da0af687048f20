import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Watches this process while `work` runs; all figures are of that time alone. */
export async function watch(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const loop = watchTurns();
  delay.enable();
  // It measures from its second tick on.
  await new Promise((resolve) => setTimeout(resolve, 5));
  loop.start();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const bytes = await work();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  // The turn in which the work ended counts too.
  await new Promise(setImmediate);
  const pauseMs = loop.stop();
  await new Promise((resolve) => setTimeout(resolve, 3));
  delay.disable();
  return {
    bytes,
    ms,
    mbPerSecond: bytes / 1000 / ms,
    cpuMbPerSecond: bytes / (user + system),
    pauseMs,
    // The timer's own millisecond is no pause.
    timerPauseMs: Math.max(0, delay.max / 1e6 - 1),
  };
}

/** The longest time from one turn of the event loop to the next. */
function watchTurns() {
  let longestMs = 0;
  let lastMs = 0;
  let immediate;
  const turn = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    immediate = setImmediate(turn);
  };
  return {
    start() {
      lastMs = performance.now();
      immediate = setImmediate(turn);
    },
    stop() {
      clearImmediate(immediate);
      return longestMs;
    },
  };
}

/** Sets the peak back to what is resident now, and returns that, in MiB. */
export function markMemory() {
  writeFileSync('/proc/self/clear_refs', '5');
  return statusMiB('VmRSS');
}

export function peakMiB() {
  return statusMiB('VmHWM');
}

function statusMiB(field) {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]) / 1024;
}
