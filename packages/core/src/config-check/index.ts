// For tools that check configurations: what is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./config-check`.

export { type ConfigCheckOptions, checkConfigFile } from './check-config-file.js';
export {
  type ConfigLint,
  type ConfigReport,
  configLints,
  type LintFinding,
} from './config-report.js';
