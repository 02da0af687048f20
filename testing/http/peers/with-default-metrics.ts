import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of the app's own, as the option tables of docs/guide/http-metrics.md ask for one. */
export function withDefaultMetrics(prefix: string): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register, prefix });
  return register;
}
