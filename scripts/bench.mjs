// `npm run bench -- NAME… [options]`: installs and builds, then runs bench/NAME/run.mjs one by one.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { repositoryRoot, run } from './run.mjs';

const benches = readdirSync(path.join(repositoryRoot, 'bench')).filter((name) =>
  existsSync(benchFile(name)),
);

function benchFile(name) {
  return path.join(repositoryRoot, 'bench', name, 'run.mjs');
}

async function main(args) {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const names = firstOption < 0 ? args : args.slice(0, firstOption);
  const options = args.slice(names.length);
  const unknown = names.filter((name) => !benches.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    const reason = unknown.length === 0 ? '' : `no benchmark is called ${unknown.join(', ')}\n`;
    process.stderr.write(
      `${reason}usage: npm run bench -- NAME… [--help | options]\nnames: ${benches.join(' ')}\n`,
    );
    return 2;
  }
  try {
    await bootstrap('bench');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  for (const name of names) {
    const { code } = await run(process.execPath, [benchFile(name), ...options], {
      stdio: 'inherit',
    });
    if (code !== 0) return code;
  }
  return 0;
}

// Ctrl-C reaches the benchmark too, which ends what it started; this process waits for it.
process.on('SIGINT', () => {});
process.exitCode = await main(process.argv.slice(2));
