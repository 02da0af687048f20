// npm run bench -- scale [options]: many small targets in one worker, and no tick of theirs missed.
// What counts is when the exporters were asked, from their own log.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allAgents } from '../scrape/agents.mjs';
import { makeFolder, startAgent, startModule } from '../scrape/children.mjs';
import { cpuSeconds, openFiles, peakRssBytes, resetPeakRss } from '../scrape/process-usage.mjs';
import { targetAddress } from '../scrape/targets.mjs';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '10000' },
    samples: { type: 'string', default: '50' },
    interval: { type: 'string', default: '15000' },
    seconds: { type: 'string', default: '60' },
    port: { type: 'string', default: '9100' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'usage: npm run bench -- scale [--targets 10000] [--samples 50] [--interval 15000] [--seconds 60] [--port 9100]\n',
  );
  process.exit(0);
}
const targets = Number(values.targets);
const intervalMs = Number(values.interval);
const port = Number(values.port);

async function getJson(url) {
  return await (await fetch(url)).json();
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}

const moduleFile = (name) => fileURLToPath(new URL(`../scrape/${name}`, import.meta.url));
const fleet = await startModule(moduleFile('fleet.mjs'), [
  ...['--targets', values.targets, '--samples', values.samples],
  ...['--interval', values.interval, '--port', values.port],
]);
const sink = await startModule(moduleFile('sink.mjs'), ['--port', '0']);
const subject = allAgents.find(({ name }) => name === 'prom-agent');
const listen = `127.0.0.1:${await freePort()}`;
const remoteWriteUrl = `http://127.0.0.1:${sink.message.port}/write/scale`;
const folder = makeFolder();
const options = {
  folder,
  listen,
  remoteWriteUrl,
  remoteWriteVersion: 1,
  targets,
  port,
  intervalMs,
};
const agent = await startAgent(
  subject.find(),
  subject.args(options),
  `http://${listen}${subject.readyPath}`,
);
const startedMs = Date.now();
const stop = async () => {
  await agent.stop();
  await Promise.all([fleet.stop(), sink.stop()]);
};
try {
  // Starting takes its time; from then on a first scrape is to come at its tick, too.
  const from = startedMs + 5000;
  await delay(intervalMs);
  resetPeakRss(agent.pid);
  const before = cpuSeconds(agent.pid);
  const since = Date.now();
  await delay(from + Number(values.seconds) * 1000 + intervalMs - Date.now());
  const after = cpuSeconds(agent.pid);
  const cores =
    (after.user + after.system - before.user - before.system) / ((Date.now() - since) / 1000);
  const to = Date.now();
  const origin = `http://${targetAddress(0, port)}`;
  const ticks = await getJson(`${origin}/ticks?from=${from}&to=${to}`);
  const metrics = await (await fetch(`http://${listen}/metrics`)).text();
  const skipped = Number(/^prom_agent_scrape_ticks_skipped_total (\d+)/m.exec(metrics)?.[1]);
  const delivered = await getJson(
    `http://127.0.0.1:${sink.message.port}/stats/scale?from=${from + intervalMs}&to=${to - 10_000 - intervalMs}&interval=${intervalMs}`,
  );
  const figures = {
    ...ticks,
    skipped,
    upNotOne: delivered.upNotOne,
    deliveredTargets: delivered.targets,
    deliveredTicksMissed: delivered.ticksMissed,
    cores,
    peakMiB: peakRssBytes(agent.pid) / 2 ** 20,
    openFiles: openFiles(agent.pid),
  };
  process.stdout.write(
    `${targets} targets of ${values.samples} samples every ${intervalMs} ms, one worker\n` +
      `ticks ${ticks.ticks}: served ${ticks.served}, missed ${ticks.missed}, twice ${ticks.doubled}, later than a tenth of the interval ${ticks.late}; the latest ${ticks.latestMs} ms after its grid\n` +
      `the agent skipped ${skipped}; up other than 1: ${figures.upNotOne}; ticks without a delivered up: ${figures.deliveredTicksMissed} of ${figures.deliveredTargets} targets; never asked: ${ticks.neverAsked}\n` +
      `${cores.toFixed(3)} cores, ${figures.peakMiB.toFixed(0)} MiB at most, ${figures.openFiles} open files\n`,
  );
  const isGood =
    ticks.ticks > 0 && ticks.missed + ticks.doubled + ticks.late + figures.upNotOne === 0;
  process.stdout.write(isGood ? 'GOOD no tick missed\n' : 'BAD\n');
  writeFileSync(
    new URL('../results/scale.json', import.meta.url),
    `${JSON.stringify({ options: values, figures }, undefined, 2)}\n`,
  );
  await stop();
  process.exit(isGood ? 0 : 1);
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n${agent.output()}\n`);
  await stop();
  process.exit(1);
}
