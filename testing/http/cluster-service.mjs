// A service of two processes behind one port. The primary asks them for their metrics, as prom-client's
// cluster mode does, prints what it has of all, and ends.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent, NativeHistogram } from '@prom-agent/core';
import { NodeHandler } from '@prom-agent/core/http';
import client from 'prom-client';

const { AggregatorRegistry, register } = client;
/** Both sides of prom-client's channel are set up by making one. */
const aggregator = new AggregatorRegistry();

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  process.stdout.write(await aggregator.clusterMetrics());
  for (const worker of workers) worker.kill();
} else {
  const agent = await createAgent({ registry: register, agent: { threads: 0 } });
  const handler = new NodeHandler(agent, { client: true });
  const jobs = new NativeHistogram({
    name: 'jobs_seconds',
    help: 'h',
    buckets: [1],
    registers: [register],
  });
  jobs.observe(0.5);
  const server = createServer((request, response) => {
    if (handler.handle(request, response)) return;
    handler.setRoute(request, '/orders/:id');
    response.end('ok');
  });
  // Not the shared port: each is to have its three requests.
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  for (let i = 0; i < 3; i++) await (await fetch(`${origin}/orders/${i}`)).text();
  // A response closes after its client has it.
  const counts = /^http(_client)?_request_duration_seconds_count\{.*\} 3$/gm;
  while ((await register.metrics()).match(counts)?.length !== 2) await sleep(5);
  process.send('asked');
}
