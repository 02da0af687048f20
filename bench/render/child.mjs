// One renderer on one registry: node --expose-gc child.mjs RENDERER LINES ROUNDS
import { createAgent } from '@prom-agent/core';
import { recycleChunk } from '@prom-agent/core/http';
import { markMemory, peakMiB, watch } from './monitor.mjs';
import { createRegistry } from './registry.mjs';

const [renderer, lines, rounds] = process.argv.slice(2);
const { registry, change } = createRegistry(Number(lines));
const render = await createRenderer();

async function createRenderer() {
  if (renderer === 'prom-client') return async () => (await registry.metrics()).length;
  const agent = await createAgent({ registry });
  return async () => {
    let bytes = 0;
    const { body } = await agent.metrics();
    for await (const chunk of body) {
      bytes += chunk.length;
      // As whoever sends or compresses it does.
      recycleChunk(chunk);
    }
    return bytes;
  };
}

async function measure(step) {
  change(step);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return watch(render);
}

globalThis.gc();
const registryMiB = markMemory();
const first = await measure(1);
for (let i = 0; i < 3; i++) await measure(1);
const result = { first, few: [], all: [] };
for (let i = 0; i < Number(rounds); i++) {
  result.few.push(await measure(100));
  result.all.push(await measure(1));
}
process.send({ ...result, aboveRegistryMiB: peakMiB() - registryMiB });
process.disconnect();
