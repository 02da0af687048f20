// What a dead DNS server costs the host: p99 of its fs.stat with 1,000 targets, scraped every 15 s,
// whose names nobody answers for, against the same process without an agent. The host's libuv has four threads, and each
// getaddrinfo holds one for seconds.
//
// Needs Linux, root (for a mount namespace with a resolv.conf of its own) and `unshare`.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(argument('rounds') ?? 3);
const seconds = Number(argument('seconds') ?? 15);
const intervalMs = Number(argument('interval') ?? 15_000);
const deadServer = '127.0.0.99';

function argument(name) {
  const found = process.argv.find((arg) => arg.startsWith(`--${name}=`));
  return found?.slice(name.length + 3);
}

if (process.argv.includes('--help')) {
  process.stdout.write(
    'usage: npm run bench -- dns [--rounds=3] [--seconds=15] [--interval=15000]\n',
  );
  process.exit(0);
}

/** Takes every question and answers none. */
async function startDeadServer() {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', () => questions++);
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind(53, deadServer, resolve);
  });
  return { questions: () => questions, close: () => socket.close() };
}

function runHost(mode, resolvConf) {
  const host = fileURLToPath(new URL('./host.mjs', import.meta.url));
  const script = `mount --bind ${resolvConf} /etc/resolv.conf && exec ${process.execPath} ${host} ${mode} ${seconds} ${intervalMs}`;
  const child = spawn('unshare', ['--mount', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`host ended with ${code}`)),
    );
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const dead = await startDeadServer();
const folder = mkdtempSync(path.join(tmpdir(), 'dns-bench-'));
try {
  const resolvConf = path.join(folder, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${deadServer}\noptions timeout:5 attempts:2\n`);
  const p99 = { without: [], agent: [], naive: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const mode of Object.keys(p99)) {
      const result = await runHost(mode, resolvConf);
      p99[mode].push(result.p99Ms);
      process.stdout.write(
        `round ${round} ${mode.padEnd(8)} fs.stat p50 ${result.p50Ms.toFixed(3)} ms  p99 ${result.p99Ms.toFixed(3)} ms  max ${result.maxMs.toFixed(1)} ms  (${result.count} calls, ${result.scrapesFailed} scrapes failed)\n`,
      );
    }
  }
  const moved = median(p99.agent) - median(p99.without);
  process.stdout.write(
    `\nmedian p99: without ${median(p99.without).toFixed(3)} ms, with the agent ${median(p99.agent).toFixed(3)} ms: moved by ${moved.toFixed(3)} ms (bar: 1 ms)\n` +
      `1,000 getaddrinfo at once instead: ${median(p99.naive).toFixed(3)} ms\n` +
      `questions to the dead server: ${dead.questions()}\n`,
  );
} finally {
  dead.close();
  rmSync(folder, { recursive: true });
}
