// What it costs to push each target of a fleet to a Pushgateway, beside scraping alone. See ../README.md.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFolder, removeFolder, startAgent, startModule } from '../scrape/children.mjs';
import { cpuSeconds, peakRssBytes, resetPeakRss } from '../scrape/process-usage.mjs';
import { targetAddress } from '../scrape/targets.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    targets: { type: 'string', default: '1000' },
    samples: { type: 'string', default: '100' },
    interval: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '30' },
    compression: { type: 'string', default: 'none' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  process.stdout.write(
    'usage: npm run bench -- pushgateway [--rounds 2] [--targets 1000] [--samples 100] [--interval 15] [--seconds 30] [--compression none|gzip]\n',
  );
  process.exit(0);
}
const { rounds, targets, interval, seconds } = Object.fromEntries(
  Object.entries(options).map(([name, value]) => [name, Number(value)]),
);
/** Of a core, for 1,000 groups at 15 s. */
const bar = 0.03;
const port = 9100;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const median = (figures) => figures.toSorted((a, b) => a - b)[(figures.length - 1) >> 1];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: free } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return free;
}

async function agentRound(pushesTo) {
  const folder = makeFolder();
  const listen = `127.0.0.1:${await freePort()}`;
  const file = path.join(folder, 'agent.yml');
  const addresses = Array.from({ length: targets }, (_, i) => targetAddress(i, port));
  const { compression } = options;
  const block = { url: pushesTo, source: 'targets', interval: `${interval}s`, compression };
  const config = {
    global: { scrape_interval: `${interval}s`, scrape_timeout: `${Math.min(10, interval)}s` },
    scrape_configs: [{ job_name: 'node', static_configs: [{ targets: addresses }] }],
    ...(pushesTo && { pushgateway_write: [block] }),
    agent: { threads: 1, self: { enabled: false }, queue: { path: path.join(folder, 'data') } },
  };
  writeFileSync(file, JSON.stringify(config));
  const args = ['run', `--config.file=${file}`, `--web.listen-address=${listen}`];
  const worker = here('../../packages/worker/bin/prom-agent.js');
  const agent = await startAgent(worker, args, `http://${listen}/-/ready`);
  try {
    // Each target once, and its body made for the first time.
    await delay(interval * 1000 + 3_000);
    resetPeakRss(agent.pid);
    const before = cpuSeconds(agent.pid);
    await delay(seconds * 1000);
    const after = cpuSeconds(agent.pid);
    return {
      cores: (after.user + after.system - before.user - before.system) / seconds,
      mib: peakRssBytes(agent.pid) / 2 ** 20,
    };
  } finally {
    await agent.stop();
    removeFolder(folder);
  }
}

const fleet = await startModule(here('../scrape/fleet.mjs'), [
  ...['--targets', String(targets), '--samples', options.samples],
  ...['--interval', String(interval * 1000), '--port', String(port)],
]);
const sink = await startModule(here('sink.mjs'), []);
const url = `http://127.0.0.1:${sink.message.port}`;
const stats = async () => (await fetch(`${url}/stats`)).json();
const found = { scrape: [], push: [] };
for (let round = 0; round < rounds; round++) {
  found.scrape.push(await agentRound(undefined));
  found.push.push(await agentRound(url));
  const [alone, pushing] = [found.scrape.at(-1), found.push.at(-1)];
  process.stdout.write(
    `round ${round + 1}: scraping ${(alone.cores * 100).toFixed(2)} % of a core, ${alone.mib.toFixed(0)} MiB; ` +
      `with pushes ${(pushing.cores * 100).toFixed(2)} %, ${pushing.mib.toFixed(0)} MiB\n`,
  );
}
const { pushes, bytes, connections, groups } = await stats();
await Promise.all([fleet.stop(), sink.stop()]);
const own =
  median(found.push.map(({ cores }) => cores)) - median(found.scrape.map(({ cores }) => cores));
const per = (own * 1000 * 15) / ((targets / interval) * 15);
process.stdout.write(
  `${targets} targets of ${options.samples} samples every ${interval} s: pushes take ${(own * 100).toFixed(2)} % of a core, ` +
    `${(per * 1000).toFixed(0)} µs each; ${groups} groups, ${(bytes / pushes / 1000).toFixed(1)} kB a push, ${connections} connections\n`,
);
const isGood = groups === targets && own <= bar * (targets / interval / (1000 / 15));
process.stdout.write(
  `${isGood ? 'GOOD' : 'BAD'}: at most ${bar * 100} % of a core for 1,000 groups at 15 s\n`,
);
process.exit(isGood ? 0 : 1);
