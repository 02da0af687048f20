/** A timer can run no longer. */
const longestMs = 0x7fffffff;

/**
 * Keeps the process alive until released: sockets and timers of prom-agent do not, so that a job that
 * awaits nothing but its last push, or a command nothing but an answer, would end before it.
 */
export function holdProcess(): () => void {
  const timer = setTimeout(() => {}, longestMs);
  return () => clearTimeout(timer);
}
