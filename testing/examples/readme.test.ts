import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { answers, startProcess } from '../servers/start-process.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it("runs the README's Fastify example as it stands", async () => {
  const [, code = ''] = /```js\n(import [^`]*)```/.exec(readme) ?? [];
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  const port = await freePort();
  expect(code).toContain('port: 3000');
  const service = await startProcess({
    command: process.execPath,
    args: ['--input-type=module', '--eval', code.replace('port: 3000', `port: ${port}`)],
    // Where its two imports resolve.
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    ready: answers(`http://localhost:${port}/metrics`),
  });
  try {
    await fetch(`http://localhost:${port}/`);
    const metrics = await (await fetch(`http://localhost:${port}/metrics`)).text();
    expect(metrics).toMatch(/^http_request_duration_seconds_count\{[^}]*route="\/"[^}]*\} 1$/m);
    expect(metrics).toContain('prom_agent_target_scrape_pool_targets{scrape_job="node"} 1');
  } finally {
    await service.stop();
  }
});
