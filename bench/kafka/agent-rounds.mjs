// A whole agent that scrapes a fleet and writes to Kafka or by remote_write: processor time per million
// samples of the targets.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder, startAgent, startModule } from '../scrape/children.mjs';
import { cpuSeconds } from '../scrape/process-usage.mjs';
import { targetAddress } from '../scrape/targets.mjs';

const agentFile = fileURLToPath(
  new URL('../../packages/worker/bin/prom-agent.js', import.meta.url),
);
const fleetFile = fileURLToPath(new URL('../scrape/fleet.mjs', import.meta.url));
const warmUpMs = 6_000;

export async function startFleet(targets) {
  const port = 9100;
  const fleet = await startModule(fleetFile, [
    ...['--targets', String(targets), '--samples', '507'],
    ...['--interval', '1000', '--port', String(port)],
  ]);
  return { port, targets, stop: fleet.stop };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param {object} output the section that says where samples go */
export async function agentRound(output, { port, targets }, seconds) {
  const folder = makeFolder();
  const listen = `127.0.0.1:${await freePort()}`;
  const file = path.join(folder, 'agent.yml');
  const addresses = Array.from({ length: targets }, (_, i) => targetAddress(i, port));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'node', static_configs: [{ targets: addresses }] }],
    ...output,
    agent: { self: { enabled: false } },
  };
  writeFileSync(file, JSON.stringify(config));
  const args = ['run', `--config.file=${file}`, `--web.listen-address=${listen}`];
  const agent = await startAgent(agentFile, args, `http://${listen}/-/ready`);
  try {
    await delay(warmUpMs);
    const from = Math.ceil(Date.now() / 1000) * 1000;
    await delay(from - Date.now());
    const before = cpuSeconds(agent.pid);
    await delay(from + seconds * 1000 - Date.now());
    const after = cpuSeconds(agent.pid);
    const query = `from=${from}&to=${from + seconds * 1000}`;
    const stats = await (await fetch(`http://${targetAddress(0, port)}/stats?${query}`)).json();
    const cpu = after.user + after.system - before.user - before.system;
    return { samples: stats.samples, cpuPerMillion: (cpu * 1e6) / stats.samples };
  } finally {
    await agent.stop();
    removeFolder(folder);
  }
}
