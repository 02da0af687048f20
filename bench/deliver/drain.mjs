// A backlog lies on the disk when the agent starts: how fast does it drain, while the scrapes go on?
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, removeFolder, startAgent } from '../scrape/children.mjs';
import { cpuSeconds } from '../scrape/process-usage.mjs';
import { targetAddress } from '../scrape/targets.mjs';
import { writeBacklog } from './backlog.mjs';
import { startExporters, startReceiver } from './scene.mjs';
import { sampleValue } from './truth.mjs';

/** The load of bench/scrape. */
const targets = 100;
const series = 507;
const intervalMs = 1000;
const longestMs = 600_000;
/** Starting to scrape, and to send, is no part of how fresh samples are. */
const settleMs = 3000;

export async function runDrain(agent, options) {
  const { backlogBytes, order, log } = options;
  const receiver = await startReceiver(series);
  const folder = makeFolder();
  try {
    const port = await options.freePort();
    const backlog = await writeBacklog({
      ...{ path: path.join(folder, 'data'), url: receiver.url, series, intervalMs, sampleValue },
      bytes: backlogBytes,
      addresses: Array.from({ length: targets }, (_, i) => targetAddress(i, port)),
    });
    const perSample = (backlog.bytes / backlog.samples).toFixed(1);
    log(`${(backlog.bytes / 2 ** 20).toFixed(0)} MiB, ${perSample} bytes per sample`);
    receiver.received.backlogUntilMs = backlog.lastMs;
    const exporters = await startExporters(series, { firstScrape: backlog.scrapes + 1, port });
    try {
      return await drain(agent, { ...options, folder, order, backlog, receiver, exporters });
    } finally {
      exporters.close();
    }
  } finally {
    receiver.close();
    removeFolder(folder);
  }
}

async function drain(agent, { folder, order, backlog, receiver, exporters, freePort }) {
  const listen = `127.0.0.1:${await freePort()}`;
  const args = agent.args({
    ...{ folder, listen, targets, port: exporters.port, intervalMs },
    remoteWriteUrl: receiver.url,
    remoteWriteVersion: 1,
    queue: { order, max_bytes: '8GB' },
  });
  const running = await startAgent(agent.find(), args, `http://${listen}${agent.readyPath}`);
  try {
    await checkIds(listen, backlog.ids);
    const figures = await watch(running, receiver.received, exporters.served, backlog);
    return { ...figures, backlogBytes: backlog.bytes, outOfOrder: receiver.received.outOfOrder };
  } finally {
    await running.stop();
  }
}

/** A target of another name would go its own way beside its backlog. */
async function checkIds(listen, expected) {
  const url = `http://${listen}/api/v1/targets?state=active&limit=${targets}`;
  let ids = new Set();
  while (ids.size < targets) {
    const { data } = await (await fetch(url)).json();
    ids = new Set(data.activeTargets.map(({ id }) => id));
  }
  if (!expected.every((id) => ids.has(id))) throw new Error('the backlog is of other targets');
}

/** Until all of the backlog is here. */
async function watch(running, received, served, backlog) {
  const startMs = Date.now();
  const before = { backlog: received.backlogSamples, served: served.count };
  const cpuBefore = cpuSeconds(running.pid);
  let freshMs = 0;
  while (received.backlogSamples < backlog.samples) {
    await delay(100);
    const nowMs = Date.now();
    if (!running.isRunning()) throw new Error(`it ended:\n${running.output()}`);
    if (nowMs - startMs > longestMs) throw new Error('the backlog does not drain');
    if (nowMs - startMs > settleMs) {
      freshMs = Math.max(freshMs, received.stalenessMs(targets, nowMs));
    }
  }
  const seconds = (Date.now() - startMs) / 1000;
  const cpu = cpuSeconds(running.pid);
  const scrapeRate = ((served.count - before.served) * series) / seconds;
  const drainRate = (backlog.samples - before.backlog) / seconds;
  const cores = (cpu.user + cpu.system - cpuBefore.user - cpuBefore.system) / seconds;
  return {
    scrapeRate: Math.round(scrapeRate),
    drainRate: Math.round(drainRate),
    ratio: Number((drainRate / scrapeRate).toFixed(2)),
    seconds,
    freshMs,
    cores: Number(cores.toFixed(2)),
  };
}
