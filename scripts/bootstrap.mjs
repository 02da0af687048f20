// Brings a fresh clone to a built workspace with nothing but Node and npm, and costs a moment when
// there is nothing to do. `npm start` and `npm test` begin here; `node scripts/bootstrap.mjs` alone
// works too.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot, run } from './run.mjs';

const manifest = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'));
const stampFile = path.join(repositoryRoot, 'node_modules', '.prom-agent-bootstrap');

/**
 * Installs and builds what is not up to date, with a line for each step that begins with `label`.
 * Throws an Error whose message is for the user.
 */
export async function bootstrap(label, signal) {
  checkNodeVersion(process.versions.node, manifest.engines.node);
  await step(label, 'packages', () => installPackages(signal));
  await step(label, 'build', () => build(signal));
}

/** `needed` is `>=major.minor`. */
export function checkNodeVersion(running, needed) {
  const [major, minor] = running.split('.').map(Number);
  const [neededMajor, neededMinor] = needed.replace('>=', '').split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  throw new Error(
    `this is Node ${running}, and prom-agent needs Node ${neededMajor}.${neededMinor} or newer: ` +
      'install one (nodejs.org, nvm, your system) and run the command again',
  );
}

async function step(label, name, action) {
  process.stdout.write(`${label}: ${name.padEnd(9)}`);
  const startedAt = performance.now();
  try {
    const result = await action();
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(`${result}, ${seconds.toFixed(1)} s\n`);
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}

async function installPackages(signal) {
  const stamp = installStamp();
  if (isInstalled(stamp)) return 'up to date';
  const command = [
    '-y',
    // A mirror's hiccup is worth another try; a machine without network should hear of it soon.
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=2000',
    '--fetch-retry-maxtimeout=10000',
    manifest.packageManager,
    'install',
    '--frozen-lockfile',
    // node_modules made by another tool are replaced without asking.
    '--config.confirmModulesPurge=false',
  ];
  const result = await run('npx', command, { signal });
  if (result.code !== 0) throw new Error(explainInstallFailure(result));
  writeFileSync(stampFile, stamp);
  return `installed with ${manifest.packageManager.replace('@', ' ')}`;
}

/** Changes with all that decides what pnpm puts into node_modules. */
function installStamp() {
  const hash = createHash('sha256');
  // Biome and TypeScript are binaries of one platform.
  hash.update(`${process.platform} ${process.arch}\n`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json'];
  for (const directory of workspaceDirectories()) files.push(`${directory}/package.json`);
  for (const file of files) {
    hash.update(`${file}\n`);
    hash.update(readFileSync(path.join(repositoryRoot, file)));
  }
  return hash.digest('hex');
}

function isInstalled(stamp) {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) return false;
  const withDependencies = workspaceDirectories().filter((directory) => {
    const { dependencies, devDependencies } = readManifest(directory);
    return dependencies !== undefined || devDependencies !== undefined;
  });
  return withDependencies.every((directory) =>
    existsSync(path.join(repositoryRoot, directory, 'node_modules')),
  );
}

function workspaceDirectories() {
  const children = ['packages', 'examples'].flatMap((parent) =>
    readdirSync(path.join(repositoryRoot, parent)).map((name) => `${parent}/${name}`),
  );
  return [...children, 'testing', 'bench'].filter((directory) =>
    existsSync(path.join(repositoryRoot, directory, 'package.json')),
  );
}

function readManifest(directory) {
  return JSON.parse(readFileSync(path.join(repositoryRoot, directory, 'package.json'), 'utf8'));
}

// What npm and pnpm print when they cannot reach the registry.
const networkErrors =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ERR_PNPM_META_FETCH_FAIL|network/;

function explainInstallFailure({ code, output }) {
  const command = `npx -y ${manifest.packageManager} install --frozen-lockfile`;
  if (code === 127) return 'npx was not found: it comes with npm, which must be on PATH';
  if (networkErrors.test(output)) {
    return (
      `${tail(output)}\n\nthe npm registry could not be reached. The packages are fetched once: ` +
      'check the network (behind a proxy set HTTPS_PROXY) and run the command again'
    );
  }
  return `${tail(output)}\n\n\`${command}\` failed with exit code ${code}`;
}

async function build(signal) {
  // The path, not the name: a tsc on PATH is another version.
  const tsc = path.join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = await run(process.execPath, [tsc, '-b'], { signal });
  if (result.code !== 0) throw new Error(`${tail(result.output)}\n\nthe build (tsc -b) failed`);
  return 'built';
}

function tail(output) {
  return output.trimEnd().split('\n').slice(-40).join('\n');
}

/** Runs `main` when `moduleUrl` is the file that node was started with. */
export function isMain(moduleUrl) {
  return (
    process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(moduleUrl)
  );
}

if (isMain(import.meta.url)) {
  try {
    await bootstrap('bootstrap');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
