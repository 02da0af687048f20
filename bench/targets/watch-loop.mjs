// How long the event loop stands still, looked at as a host does that has little to do: by a timer.
import { openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks, as Node's own monitorEventLoopDelay has it at its finest. */
const everyMs = 1;

/**
 * Runs something that takes a while, and says how long it took, its processor time, the longest time that the
 * loop stood still (`pauseMs`), and the longest one without what the thread waited for a core (`heldMs`), which
 * is time of other threads and of other processes.
 */
export async function watchLoop(run) {
  // What was put off until now is not the run's.
  await delay(20);
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const longest = { pauseMs: 0, heldMs: 0 };
  let lastMs = startMs;
  let lastWaitedMs = waitedForCoreMs();
  function look(sleptMs) {
    const nowMs = performance.now();
    const waitedMs = waitedForCoreMs();
    const pauseMs = nowMs - lastMs - sleptMs;
    longest.pauseMs = Math.max(longest.pauseMs, pauseMs);
    longest.heldMs = Math.max(longest.heldMs, pauseMs - (waitedMs - lastWaitedMs));
    lastMs = nowMs;
    lastWaitedMs = waitedMs;
  }
  const over = run();
  look(0);
  const timer = setInterval(look, everyMs, everyMs);
  await over;
  clearInterval(timer);
  look(0);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms: lastMs - startMs, ...longest, cpuMs: (user + system) / 1000 };
}

const schedule = openSchedule();
const scratch = Buffer.alloc(80);

/** What this thread has waited for a core since it started: the second number, in ns. 0 where nobody says. */
function waitedForCoreMs() {
  if (schedule === undefined) return 0;
  const length = readSync(schedule, scratch, 0, scratch.length, 0);
  return Number(scratch.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

function openSchedule() {
  try {
    // Of the process it is the main thread's.
    return openSync('/proc/self/schedstat', 'r');
  } catch {
    return undefined;
  }
}
