// A Fastify service, alone or with the agent in it: serves `/`, and says on GET /delay how long its
// event loop was held since the last time it was asked.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import promAgent from '@prom-agent/fastify';
import Fastify from 'fastify';

const [mode, port, remoteWriteUrl, targets] = process.argv.slice(2);
const app = Fastify();

if (mode === 'agent') {
  await app.register(promAgent, {
    agent: { threads: 1 },
    scrapeConfigs: [
      {
        jobName: 'fleet',
        scrapeIntervalMs: 1000,
        scrapeTimeoutMs: 1000,
        staticConfigs: [{ targets: JSON.parse(targets) }],
      },
    ],
    remoteWrite: [{ url: remoteWriteUrl }],
  });
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let utilization = performance.eventLoopUtilization();

app.get('/', async () => ({ hello: 'world', items: [1, 2, 3] }));
app.get('/delay', async () => {
  const now = performance.eventLoopUtilization();
  const found = {
    p50Ms: delay.percentile(50) / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
    utilization: performance.eventLoopUtilization(now, utilization).utilization,
  };
  utilization = now;
  delay.reset();
  return found;
});

await app.listen({ port: Number(port), host: '127.0.0.1' });
process.send?.('ready');
process.on('disconnect', () => process.exit());
