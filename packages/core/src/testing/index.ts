// For tests of services that embed the agent: what is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./testing`.

export { ManualClock } from './manual-clock.js';
