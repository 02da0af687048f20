import { Histogram, Registry } from 'prom-client';

/** Of a histogram with prom-client's default buckets: 11 bounds, +Inf, sum and count. */
const linesPerSeries = 14;

const methods = ['GET', 'POST', 'PUT', 'DELETE'];
const codes = [200, 201, 404, 500];

/** One histogram of so many lines, each series with its own route, and how to observe in it. */
export function createRegistry(lines) {
  const registry = new Registry();
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds.',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
  });
  const labels = Array.from({ length: Math.ceil(lines / linesPerSeries) }, (_, i) => ({
    method: methods[i % 4],
    route: `/api/v1/resource/${Math.floor(i / 16)}`,
    status_code: codes[(i >> 2) % 4],
  }));
  const random = createRandom();
  /** Observes in one series of every `step`, so that all lines from its bucket on change. */
  const change = (step) => {
    for (let i = 0; i < labels.length; i += step) histogram.observe(labels[i], random() ** 3 * 12);
  };
  for (let i = 0; i < 20; i++) change(1);
  return { registry, change };
}

/** The same numbers in each process. */
function createRandom() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
