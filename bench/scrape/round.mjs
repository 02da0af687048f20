import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, removeFolder, startAgent } from './children.mjs';
import { cpuSeconds, openFiles, peakRssBytes, resetPeakRss } from './process-usage.mjs';
import { targetAddress } from './targets.mjs';

// batch_send_deadline is 5 s by default: the last samples of the window may come that late.
const longestDrainMs = 20_000;

/**
 * One round of one agent: a fresh process on a fresh folder, warmed up, watched for whole seconds.
 *
 * @param {{ agent: import('./agents.mjs').BenchedAgent, executable: string, name: string }} subject
 * @param {object} options the command line's
 * @param {{ fleet: { pid: number }, sink: { pid: number }, sinkUrl: string }} around
 */
export async function runRound({ agent, executable, name }, options, around) {
  const folder = makeFolder();
  try {
    const listen = `127.0.0.1:${await freePort()}`;
    const remoteWriteUrl = `${around.sinkUrl}/write/${name}`;
    const args = agent.args({ ...options, folder, listen, remoteWriteUrl });
    const running = await startAgent(executable, args, `http://${listen}${agent.readyPath}`);
    try {
      await everyTargetAsked(options);
      await delay(options.warmUpSeconds * 1000);
      return await measure(running, name, options, around);
    } finally {
      await running.stop();
    }
  } finally {
    removeFolder(folder);
  }
}

/** Prometheus begins 5 s after its start: the warm-up counts from the first scrapes. */
async function everyTargetAsked({ targets, port, intervalMs }) {
  const from = Date.now();
  const deadline = performance.now() + 30_000 + 2 * intervalMs;
  while ((await fleetStats(port, `from=${from}`)).targetsAsked < targets) {
    if (performance.now() > deadline) throw new Error('not every target was scraped');
    await delay(200);
  }
}

async function measure(running, name, options, { fleet, sink, sinkUrl }) {
  const load = loadavg()[0];
  // The fleet and the sink count by whole seconds.
  const from = Math.ceil(Date.now() / 1000) * 1000;
  const to = from + options.seconds * 1000;
  await delay(from - Date.now());
  resetPeakRss(running.pid);
  const before = cpuSeconds(running.pid);
  const aroundBefore = [cpuSeconds(fleet.pid), cpuSeconds(sink.pid)];
  await delay(to - Date.now());
  if (!running.isRunning()) throw new Error(`${name} ended early:\n${running.output()}`);
  const after = cpuSeconds(running.pid);
  const [fleetCores, sinkCores] = [cpuSeconds(fleet.pid), cpuSeconds(sink.pid)].map(
    ({ user, system }, i) =>
      (user + system - aroundBefore[i].user - aroundBefore[i].system) / options.seconds,
  );
  const peakBytes = peakRssBytes(running.pid);
  const files = openFiles(running.pid);
  const scraped = await fleetStats(options.port, `from=${from}&to=${to}`);
  const delivered = await drained(name, scraped, { from, to }, options, sinkUrl);
  const user = after.user - before.user;
  const system = after.system - before.system;
  const millions = delivered.samples / 1e6;
  return {
    cpuSecondsPerMillion: (user + system) / millions,
    userPerMillion: user / millions,
    systemPerMillion: system / millions,
    cores: (user + system) / options.seconds,
    samplesPerSecond: delivered.samples / options.seconds,
    peakRssMiB: peakBytes / 2 ** 20,
    openFiles: files,
    writtenOverScraped: delivered.samples / scraped.samples,
    wireBytesPerSample: delivered.wireBytes / delivered.allSamples,
    fleetCores,
    sinkCores,
    loadBefore: load,
    scraped,
    delivered,
  };
}

/** What of the window has arrived when nothing more is to come. */
async function drained(name, scraped, { from, to }, options, sinkUrl) {
  const url = `${sinkUrl}/stats/${name}?from=${from}&to=${to}&interval=${options.intervalMs}`;
  const deadline = performance.now() + longestDrainMs;
  let stats = await getJson(url);
  while (!isComplete(stats, scraped) && performance.now() < deadline) {
    await delay(500);
    stats = await getJson(url);
  }
  return stats;
}

function isComplete(stats, scraped) {
  return stats.samples >= scraped.samples && stats.ups >= scraped.bodies;
}

function fleetStats(port, query) {
  return getJson(`http://${targetAddress(0, port)}/stats?${query}`);
}

async function getJson(url) {
  return await (await fetch(url)).json();
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
