import { invalid } from './options/check-metric-text.js';

/** Paths that could never be asked for. @throws PromAgentError CONFIG_INVALID */
export function checkEndpoints(endpoints: {
  endpoint: string | false;
  federateEndpoint: string | false;
}): void {
  for (const [field, path] of Object.entries(endpoints)) {
    if (path === false || (typeof path === 'string' && path.startsWith('/'))) continue;
    throw invalid(field, path, 'a path that begins with /, or false');
  }
}
