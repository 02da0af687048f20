// `npm test`: installs, builds, lints, type-checks, checks what would be published and runs every
// test. Arguments go to vitest: `npm test -- packages/core/src/relabel`.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { repositoryRoot, run } from './run.mjs';

const bin = path.join(repositoryRoot, 'node_modules', '.bin');

async function main() {
  try {
    await bootstrap('test');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const failed = [];
  for (const [name, action] of checks) {
    if (!(await timed(name, action))) failed.push(name);
  }
  // Last and with its own output: its closing line with the counts ends a good run.
  if (!(await runTests(process.argv.slice(2)))) failed.push('tests');
  if (failed.length === 0) return 0;
  process.stderr.write(`\ntest: failed: ${failed.join(', ')}\n`);
  return 1;
}

const checks = [
  ['lint', () => run(`${bin}/biome`, ['check', '--error-on-warnings', '.'])],
  ['types', () => run(`${bin}/tsc`, ['-p', 'tsconfig.tests.json'])],
  ['packages', checkPackages],
];

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
  const packed = await run('npm', [
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
    await run(`${bin}/publint`, ['run', archive, '--strict', '--level=warning']),
    await run(`${bin}/attw`, [archive, '--profile=esm-only', '--no-definitely-typed']),
  ];
}

/** Tests run in front of the user, not captured: they say what they wait for. */
async function runTests(args) {
  const vitest = path.join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const { code } = await run(process.execPath, [vitest, 'run', ...args], { stdio: 'inherit' });
  return code === 0;
}

process.exitCode = await main();
