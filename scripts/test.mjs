// `npm test`: installs, builds, lints, type-checks, checks what would be published and runs every
// test. Arguments go to vitest: `npm test -- packages/core/src/relabel`. The last line says what came
// of it; what was found until then is written as it is found, so that a run that is cut short tells it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { repositoryRoot, run } from './run.mjs';

const bin = path.join(repositoryRoot, 'node_modules', '.bin');
const signalNumbers = { SIGINT: 2, SIGTERM: 15 };

// Ctrl-C, or a CI whose time is up: what runs is ended, and the last line says so. A second one ends
// this process at once.
const stop = new AbortController();
for (const name of Object.keys(signalNumbers)) process.once(name, () => stop.abort(name));

async function main() {
  try {
    await bootstrap('test', stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return stopped('the set-up');
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const failed = [];
  for (const [name, action] of checks) {
    if (!(await timed(name, action))) failed.push(name);
    if (stop.signal.aborted) return stopped(name);
  }
  // Last and with its own output: its closing line with the counts ends a good run.
  if (!(await runTests(process.argv.slice(2)))) failed.push('tests');
  if (stop.signal.aborted) return stopped('the tests');
  if (failed.length === 0) return 0;
  process.stderr.write(`\ntest: failed: ${failed.join(', ')}\n`);
  return 1;
}

/** As a shell spells a death by signal. */
function stopped(during) {
  const name = stop.signal.reason;
  process.stderr.write(`\ntest: stopped by ${name} during ${during}\n`);
  return 128 + signalNumbers[name];
}

const checks = [
  ['lint', () => runUntilStopped(`${bin}/biome`, ['check', '--error-on-warnings', '.'])],
  ['types', () => runUntilStopped(`${bin}/tsc`, ['-p', 'tsconfig.tests.json'])],
  ['packages', checkPackages],
];

function runUntilStopped(command, args, options = {}) {
  return run(command, args, { signal: stop.signal, ...options });
}

async function timed(name, action) {
  process.stdout.write(`test: ${name.padEnd(9)}`);
  const startedAt = performance.now();
  const { code, output } = await action();
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${code === 0 ? 'good' : 'FAILED'}, ${seconds.toFixed(1)} s\n`);
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  return code === 0;
}

/** Packs each package as it would be published and asks publint and attw about the archive. */
async function checkPackages() {
  const scratch = mkdtempSync(path.join(tmpdir(), 'prom-agent-pack-'));
  try {
    const names = readdirSync(path.join(repositoryRoot, 'packages'));
    const results = await Promise.all(names.map((name) => checkPackage(name, scratch)));
    const bad = results.flat().filter(({ code }) => code !== 0);
    return { code: bad.length, output: bad.map(({ output }) => output).join('\n') };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function checkPackage(name, scratch) {
  const destination = mkdtempSync(path.join(scratch, name));
  const packed = await runUntilStopped('npm', [
    'pack',
    `./packages/${name}`,
    `--pack-destination=${destination}`,
    '--silent',
    '--offline',
    '--ignore-scripts',
  ]);
  if (packed.code !== 0) return [packed];
  const archive = path.join(destination, readdirSync(destination)[0]);
  return [
    await runUntilStopped(`${bin}/publint`, ['run', archive, '--strict', '--level=warning']),
    await runUntilStopped(`${bin}/attw`, [archive, '--profile=esm-only', '--no-definitely-typed']),
  ];
}

/** Tests run in front of the user, not captured: they say what they wait for. */
async function runTests(args) {
  const vitest = path.join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const { code } = await runUntilStopped(process.execPath, [vitest, 'run', ...args], {
    stdio: 'inherit',
  });
  return code === 0;
}

process.exitCode = await main();
