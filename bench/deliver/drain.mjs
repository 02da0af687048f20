// The receiver is down until a backlog has grown, then takes everything: how fast does it drain?
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, removeFolder, startAgent } from '../scrape/children.mjs';
import { startExporters, startReceiver } from './scene.mjs';

/** The backlog is gone: what is not here yet waits for company, or is on its way. */
const caughtUpMs = 7_000;

export async function runDrain(agent, options) {
  const { targets, series, intervalMs, backlogBytes, log } = options;
  const exporters = await startExporters(series);
  const receiver = await startReceiver(series);
  receiver.isDown = true;
  const folder = makeFolder();
  const listen = `127.0.0.1:${await options.freePort()}`;
  try {
    const running = await startAgent(
      agent.find(),
      agent.args({
        folder,
        listen,
        remoteWriteUrl: receiver.url,
        remoteWriteVersion: options.version,
        order: options.order,
        targets,
        port: exporters.port,
        intervalMs,
      }),
      `http://${listen}${agent.readyPath}`,
    );
    const startedMs = Date.now();
    while (bytesIn(folder) < backlogBytes) {
      await delay(500);
      if (!running.isRunning()) throw new Error(`it ended:\n${running.output()}`);
    }
    const outageS = (Date.now() - startedMs) / 1000;
    const scrapeRate = (exporters.served.count * series) / outageS;
    log(`${(bytesIn(folder) / 2 ** 20).toFixed(0)} MiB after ${outageS.toFixed(0)} s`);
    receiver.isDown = false;
    const figures = await watch(receiver.received, exporters.served, series, scrapeRate);
    await running.stop();
    return {
      scrapeRate: Math.round(scrapeRate),
      drainRate: Math.round(figures.rate),
      ratio: Number((figures.rate / scrapeRate).toFixed(2)),
      seconds: figures.seconds,
      freshMs: figures.freshMs,
      outOfOrder: receiver.received.outOfOrder,
    };
  } finally {
    exporters.close();
    receiver.close();
    removeFolder(folder);
  }
}

/** Until as much has come as was served; how old the newest sample was meanwhile, at most. */
async function watch(received, served, series, scrapeRate) {
  const startedMs = Date.now();
  let firstMs = 0;
  let freshMs = 0;
  for (;;) {
    await delay(200);
    const nowMs = Date.now();
    if (firstMs === 0 && received.samples > 0) firstMs = nowMs;
    // Before, retries are in their back-off; the first second is to get under way.
    if (firstMs > 0 && nowMs - firstMs > 1000) {
      freshMs = Math.max(freshMs, nowMs - received.newestMs);
    }
    const behind = served.count * series - (received.samples - received.repeated);
    const isCaughtUp = firstMs > 0 && behind < (scrapeRate * caughtUpMs) / 1000;
    if (isCaughtUp || nowMs - startedMs > 600_000) {
      const seconds = (nowMs - startedMs) / 1000;
      return { rate: received.samples / seconds, seconds, freshMs };
    }
  }
}

function bytesIn(folder) {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    try {
      bytes += statSync(path.join(folder, name)).size;
    } catch {
      // Gone meanwhile.
    }
  }
  return bytes;
}
