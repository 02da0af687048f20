/**
 * When within its interval a target is scraped, in ms from the epoch's grid: the 64 bits of its id
 * modulo the interval. A function of target and interval alone, so whoever owns the target next goes
 * on at the next tick of the same grid, after a restart too.
 */
export function targetPhaseMs(targetId: string, intervalMs: number): number {
  return Number(BigInt(`0x${targetId}`) % BigInt(intervalMs));
}

/**
 * The first tick after `nowMs` (Unix ms): the next time that is `phaseMs` past a whole number of
 * intervals since the epoch. Strictly after, so that at a tick it is the next one.
 */
export function nextTickMs(nowMs: number, intervalMs: number, phaseMs: number): number {
  const sinceTick = (((nowMs - phaseMs) % intervalMs) + intervalMs) % intervalMs;
  return nowMs - sinceTick + intervalMs;
}
