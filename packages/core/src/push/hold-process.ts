/** A timer can run no longer. */
const longestMs = 0x7fffffff;

/**
 * Keeps the process alive until released: sockets and timers of prom-agent do not, so that a job that
 * awaits nothing but its last push would end before it.
 */
export function holdProcess(): () => void {
  const timer = setTimeout(() => {}, longestMs);
  return () => clearTimeout(timer);
}
