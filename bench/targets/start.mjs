// One process, as a service is: how long the loop stands still while nothing happens, in the first start of an agent
// with the targets of a file, and, with --change, when one of them is dropped. Prints JSON.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { createAgent } from '@prom-agent/core';
import { watchLoop } from './watch-loop.mjs';
import { relabelConfigs, writeTargets } from './workload.mjs';

const { values: options } = parseArgs({
  options: {
    file: { type: 'string' },
    targets: { type: 'string' },
    change: { type: 'boolean' },
  },
});
/** About as long as a start. */
const idleMs = 500;
const count = Number(options.targets);

// What the bench itself leaves behind is not collected on the agent's time.
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

writeTargets(options.file, count, 0);
let agent;
const created = await watchLoop(async () => {
  agent = await makeAgent();
});
collectGarbage();
// The first time is that of the watching itself.
await watchLoop(() => delay(idleMs));
const idle = await watchLoop(() => delay(idleMs));
const empty = memory();
const started = await watchLoop(() => agent.start());
const full = memory();
started.heapBytes = full.heapUsed - empty.heapUsed;
started.bufferBytes = full.arrayBuffers - empty.arrayBuffers;
if (agent.targets().length !== count) throw new Error('not all targets were built');
const changed = options.change ? await change() : undefined;
await agent.close();
process.stdout.write(JSON.stringify({ idle, created, started, changed }));

/** An agent that scrapes nobody within the round: the interval is a day. */
function makeAgent() {
  return createAgent({
    global: { scrapeIntervalMs: 86_400_000 },
    scrapeConfigs: [{ jobName: 'j', relabelConfigs, fileSdConfigs: [{ files: [options.file] }] }],
    agent: { threads: 1 },
    defaultMetrics: false,
  });
}

async function change() {
  // A discovery tells of changes every 5 s at most.
  await delay(5_500);
  writeTargets(options.file, count, 1);
  collectGarbage();
  return watchLoop(async () => {
    while (agent.droppedTargetCounts().get('j') !== 1) await delay(1);
  });
}

function memory() {
  collectGarbage();
  // Array buffers are freed beside the first collection; the second one waits for that.
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}
