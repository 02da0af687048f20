// Runs agents as told, closes them or not, says what was open before and after; then its main ends
// and the process must end by itself.
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';
import { whatIsOpen } from './what-is-open.mjs';

const { agents, threads, close, target, remoteWrite } = JSON.parse(process.argv[2]);

// A second thread starts only for a load that asks for it (docs/decisions/0010).
const groups = Array.from({ length: threads > 1 ? 60 : 1 }, (_, n) => ({
  targets: [target],
  labels: { n: String(n) },
}));

function options() {
  return {
    agent: { threads },
    defaultMetrics: false,
    scrapeConfigs: [
      {
        jobName: 'test',
        scrapeIntervalMs: 100,
        scrapeTimeoutMs: 100,
        staticConfigs: groups,
      },
    ],
    remoteWrite: [{ url: remoteWrite, queueConfig: { batchSendDeadlineMs: 50 } }],
  };
}

// libuv starts its threads at first use and keeps them: they are the host's, not the agent's.
await Promise.all(Array.from({ length: 8 }, () => stat('.')));
// A worker thread makes Node open the process's own stdout and stderr.
process.stdout.write('');
process.stderr.write('');
await sleep(50);
const before = whatIsOpen();
const running = [];
for (let i = 0; i < agents; i++) running.push(await createAgent(options()));
await Promise.all(running.map((agent) => agent.start()));
// A summary a second says what was scraped. A second thread is there before it is ready: close() may
// come while it starts.
const samplesScraped = () => running.map((agent) => agent.summary().samplesScraped);
const isThere = () =>
  samplesScraped().every((samples) => samples > 0) &&
  whatIsOpen().threads - before.threads >= agents * threads;
const deadlineMs = performance.now() + 20_000;
while (!isThere() && performance.now() < deadlineMs) await sleep(50);
const during = whatIsOpen();
const sent = samplesScraped();
if (close) {
  await Promise.all(running.map((agent) => agent.close()));
  await sleep(50);
}
const after = whatIsOpen();
process.stdout.write(JSON.stringify({ before, during, after, sent }));
