// A host that calls fs.stat 200 times a second, alone, beside an agent, or beside what an agent must
// not do: look all names up at once.
import { lookup } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';

const [mode, seconds, intervalMs] = process.argv.slice(2);
const names = Array.from({ length: 1000 }, (_, i) => `target-${i}.example`);

async function startAgent() {
  const agent = await createAgent({
    defaultMetrics: false,
    agent: { threads: 1 },
    scrapeConfigs: [
      {
        jobName: 'dead-dns',
        scrapeIntervalMs: Number(intervalMs),
        scrapeTimeoutMs: Math.min(Number(intervalMs), 10_000),
        staticConfigs: [{ targets: names.map((name) => `${name}:9100`) }],
      },
    ],
  });
  await agent.start();
  return agent;
}

const agent = mode === 'agent' ? await startAgent() : undefined;
if (mode === 'naive') for (const name of names) lookup(name).catch(() => {});
// The agent's first scrapes and the process's own start are not what is measured.
await sleep(3000);

const tookMs = [];
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end) {
  const start = performance.now();
  await stat('/');
  tookMs.push(performance.now() - start);
  await sleep(5);
}
tookMs.sort((a, b) => a - b);
const at = (share) => tookMs[Math.floor((tookMs.length - 1) * share)];
process.stdout.write(
  JSON.stringify({
    count: tookMs.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    scrapesFailed: agent?.summary().scrapesFailed ?? 0,
  }),
);
process.exit(0);
