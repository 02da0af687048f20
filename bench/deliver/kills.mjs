// An agent is killed again and again under load; what must have arrived is compared with what did.
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, removeFolder, startAgent } from '../scrape/children.mjs';
import { startExporters, startReceiver } from './scene.mjs';

const mostLosses = 3;
/** A scrape ends a little after the last byte of its body was sent. */
const afterBodyMs = 100;
const promiseMs = 1000;
const drainMs = 60_000;
/** What has not come for so long will not come. */
const silenceMs = 20_000;
const firstScrapeMs = 20_000;

/**
 * @param {import('../scrape/agents.mjs').BenchedAgent} agent
 * @param {{ kills: number, targets: number, series: number, intervalMs: number, seed: number,
 *   version: number, order?: string, startReceiver?: typeof startReceiver,
 *   freePort: () => Promise<number>, log: (line: string) => void }} options
 */
export async function runKills(agent, options) {
  const { kills, targets, series, intervalMs, log } = options;
  const random = randomNumbers(options.seed);
  const exporters = await startExporters(series);
  const receiver = await (options.startReceiver ?? startReceiver)(series);
  const folder = makeFolder();
  const lives = [];
  const start = async () => {
    const listen = `127.0.0.1:${await options.freePort()}`;
    const args = agent.args({
      folder,
      listen,
      remoteWriteUrl: receiver.url,
      kafkaWrite: receiver.kafkaWrite,
      queue: options.order && { order: options.order },
      remoteWriteVersion: options.version,
      targets,
      port: exporters.port,
      intervalMs,
    });
    const running = await startAgent(agent.find(), args, `http://${listen}${agent.readyPath}`);
    return { ...running, listen };
  };
  try {
    for (let kill = 0; kill < kills; kill++) {
      const bornMs = Date.now();
      const running = await start();
      // Half of the lives begin in an outage, so that a backlog is there when the process dies.
      receiver.isDown = random() < 0.5;
      // Prometheus scrapes nothing in its first five seconds.
      const before = exporters.served.count;
      const untilMs = Date.now() + firstScrapeMs;
      while (exporters.served.count === before && Date.now() < untilMs) await delay(50);
      const lifeMs = 1200 + random() * 2500;
      await delay(lifeMs / 2);
      if (random() < 0.7) receiver.isDown = false;
      await delay(lifeMs / 2);
      lives.push({ bornMs, killMs: Date.now() });
      process.kill(-running.pid, 'SIGKILL');
      while (running.isRunning()) await delay(5);
      if ((kill + 1) % 10 === 0) log(`${kill + 1} kills`);
    }
    receiver.isDown = false;
    const last = await start();
    const result = () => compare(exporters.served, receiver.received, lives, intervalMs);
    if (receiver.drained === undefined) await drained(() => result().missing);
    else await receiver.drained(last.listen);
    await last.stop();
    return { ...result(), kills };
  } finally {
    exporters.close();
    await receiver.close();
    removeFolder(folder);
  }
}

/** Until nothing is missing, or nothing more of it comes. */
async function drained(missing) {
  const untilMs = Date.now() + drainMs;
  let left = missing();
  let changedMs = Date.now();
  while (left > 0 && Date.now() < Math.min(untilMs, changedMs + silenceMs)) {
    await delay(500);
    const now = missing();
    if (now < left) changedMs = Date.now();
    left = now;
  }
  await delay(1000);
}

/** What was promised: scrapes that had ended a second before the next kill. */
function compare(served, received, lives, intervalMs) {
  let scrapes = 0;
  let failed = 0;
  let missing = 0;
  let lateMissing = 0;
  const losses = [];
  for (const { target, scrape, startedMs, endedMs } of served) {
    // What a dead process had asked for is answered all the same. Of the last life nothing is asked: it
    // was ended in peace, and may be under way.
    const life = lives.find(({ bornMs, killMs }) => bornMs <= startedMs && startedMs <= killMs);
    if (life === undefined) continue;
    const { killMs } = life;
    const gone = received.missing(target, scrape);
    if (gone > 0 && received.hasFailed(target, endedMs, intervalMs)) failed++;
    else if (endedMs + afterBodyMs <= killMs - promiseMs) {
      scrapes++;
      missing += gone;
      if (gone > 0) losses.push({ target, scrape, gone, beforeKillMs: killMs - endedMs });
    } else lateMissing += gone;
  }
  // To see what they have in common; of an agent that loses many, some will do.
  losses.splice(mostLosses);
  const { samples, repeated, outOfOrder } = received;
  return { scrapes, failed, missing, lateMissing, losses, samples, repeated, outOfOrder };
}

/** xorshift32: the same kills for the same seed. */
function randomNumbers(seed) {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
