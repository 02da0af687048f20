// What metrics of the requests cost a service, in parts that can be run alone: `--part NAME`.
// `requests`: processor time per request. `scrape`: latency while the metrics are read.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const parts = { requests: './requests.mjs', scrape: './scrape/run.mjs' };
const usage = `usage: npm run bench -- http [--part ${Object.keys(parts).join('|')}] [options of the part; --help]\n`;

const args = process.argv.slice(2);
const at = args.indexOf('--part');
const [, part] = at < 0 ? [] : args.splice(at, 2);
const chosen = at < 0 ? Object.keys(parts) : [part];
const isOneOf = chosen.every((name) => name in parts);
// Options differ from part to part.
const isPlain = args.length === 0 || chosen.length === 1;
if (isOneOf && isPlain) {
  for (const name of chosen) {
    const file = fileURLToPath(new URL(parts[name], import.meta.url));
    const [code] = await once(
      spawn(process.execPath, [file, ...args], { stdio: 'inherit' }),
      'exit',
    );
    if (code !== 0) process.exitCode = code ?? 1;
  }
} else {
  process.stderr.write(usage);
  process.exitCode = args.includes('--help') ? 0 : 2;
}
