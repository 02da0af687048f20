import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from './servers/run-command.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
// Inside the workspace, where the files find vitest; ignored by git and the linter.
const folder = join(root, 'testing', 'dist', 'reporter-test');

const servers = `
import { describe, it } from 'vitest';
import { requireServer } from '../../servers/require-server.js';
import { startProcess } from '../../servers/start-process.js';
it.skip('is skipped for another reason', () => {});
describe.skipIf(requireServer('no-such-server'))('with one server', () => {
  it('a', () => startProcess({ command: 'no-such-server', args: [], ready: async () => true }));
  describe('nested', () => {
    it('b', () => startProcess({ command: 'no-such-server', args: [], ready: async () => true }));
  });
});
describe.skipIf(requireServer('sh', 'other-server'))('with two servers', () => {
  it('c', () => startProcess({ command: 'other-server', args: [], ready: async () => true }));
});
describe.skipIf(requireServer('sh'))('with a server that is there', () => { it('d', () => {}); });
`;

const failures = `
import { beforeAll, describe, it } from 'vitest';
it('passes', () => {});
it('fails', () => { throw new Error('on purpose'); });
describe('a suite that cannot start', () => {
  beforeAll(() => { throw new Error('on purpose'); });
  it('never runs', () => {});
  it.skip('is skipped anyway', () => {});
});
`;

const config = `
import { defineConfig } from 'vitest/config';
import { SkippedServersReporter } from '../../skipped-servers-reporter.js';
export default defineConfig({ test: { reporters: ['default', new SkippedServersReporter()] } });
`;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'vitest.config.ts'), config);
  await writeFile(join(folder, 'servers.spec.ts'), servers);
  await writeFile(join(folder, 'failures.spec.ts'), failures);
  await writeFile(join(folder, 'broken.spec.ts'), 'throw new Error("on purpose");');
});

afterAll(() => rm(folder, { recursive: true }));

it('ends with what was skipped for want of a server and one plain line of totals', async () => {
  const { stdout } = await runCommand(process.execPath, [vitest, 'run', '--root', folder], {
    env: { NO_COLOR: '1', PROM_AGENT_REQUIRE_SERVICES: '' },
  });
  expect(stdout.slice(stdout.indexOf('skipped because'))).toBe(
    `skipped because a real server is missing: no-such-server (2 tests), other-server (1 test)
  with one server > a
  with one server > nested > b
  with two servers > c
2 passed, 3 failed, 5 skipped
`,
  );
});

it('fails the tests of a missing server where it is required', async () => {
  const { stdout } = await runCommand(
    process.execPath,
    [vitest, 'run', '--root', folder, 'servers.spec.ts'],
    { env: { NO_COLOR: '1', PROM_AGENT_REQUIRE_SERVICES: '1' } },
  );
  expect(stdout).toMatch(/\n1 passed, 3 failed, 1 skipped\n$/);
});
