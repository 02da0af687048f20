// The targets: one process that answers for N node_exporters on 127.1.x.y:9100.
//   node fleet.mjs --targets 100 --samples 507 --interval 1000 --port 9100
// GET /stats?from=MS&to=MS on the same port says what was served to requests of that time, GET /ticks
// how the requests of each target keep to its grid.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { bodyRing } from './body-ring.mjs';
import { targetIndex } from './targets.mjs';
import { TickLog } from './tick-log.mjs';

// The pieces a Go server would send its body in.
const chunkBytes = 4096;

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '100' },
    samples: { type: 'string', default: '507' },
    interval: { type: 'string', default: '1000' },
    port: { type: 'string', default: '9100' },
  },
});
const targets = Number(values.targets);
const samples = Number(values.samples);
const ring = bodyRing({ samples, intervalMs: Number(values.interval) });

/** Where in the ring each target stands; apart, so that series come and go at different moments. */
const positions = Int32Array.from({ length: targets }, (_, i) => (i * ring.length) / targets);

/** When each target was asked last, Unix seconds. */
const lastAsked = new Float64Array(targets);

const ticks = new TickLog(targets, Number(values.interval));

/** Requests by the second they came in. @type {Map<number, { bodies: number, broken: number }>} */
const bySecond = new Map();

const server = createServer((request, response) => {
  if (request.url.startsWith('/stats')) {
    response.end(JSON.stringify(stats(new URL(request.url, 'http://fleet').searchParams)));
    return;
  }
  if (request.url.startsWith('/ticks')) {
    const query = new URL(request.url, 'http://fleet').searchParams;
    response.end(JSON.stringify(ticks.stats(Number(query.get('from')), Number(query.get('to')))));
    return;
  }
  const target = targetIndex(request.socket.localAddress);
  if (target < 0 || target >= targets) {
    response.writeHead(404).end();
    return;
  }
  serve(target, request, response);
});

function serve(target, request, response) {
  const second = Math.floor(Date.now() / 1000);
  lastAsked[target] = second;
  ticks.asked(target);
  const position = positions[target];
  positions[target] = (position + 1) % ring.length;
  const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = gzip ? ring.gzipped(position) : ring.plain(position);
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  if (gzip) response.setHeader('content-encoding', 'gzip');
  response.cork();
  for (let start = 0; start < body.length; start += chunkBytes) {
    response.write(body.subarray(start, start + chunkBytes));
  }
  response.end();
  response.once('close', () => count(second, response.writableFinished));
}

function count(second, finished) {
  let counts = bySecond.get(second);
  if (counts === undefined) {
    counts = { bodies: 0, broken: 0 };
    bySecond.set(second, counts);
  }
  if (finished) counts.bodies++;
  else counts.broken++;
}

function stats(query) {
  const from = Number(query.get('from') ?? 0) / 1000;
  const to = Number(query.get('to') ?? Number.MAX_SAFE_INTEGER) / 1000;
  const targetsAsked = lastAsked.filter((second) => second >= from).length;
  const total = { targetsAsked, bodies: 0, broken: 0 };
  for (const [second, { bodies, broken }] of bySecond) {
    if (second < from || second >= to) continue;
    total.bodies += bodies;
    total.broken += broken;
  }
  return { ...total, samples: total.bodies * samples };
}

// An agent's idle socket is the agent's to close.
server.keepAliveTimeout = 0;
// One socket for all of 127.1/16; others are turned away.
server.on('connection', (socket) => {
  if (!socket.localAddress?.startsWith('127.')) socket.destroy();
});
server.on('error', (error) => {
  process.stderr.write(`fleet: ${error.message} (--port takes another)\n`);
  process.exit(1);
});
server.listen({ port: Number(values.port), host: '0.0.0.0', backlog: 4096 }, () => {
  process.stdout.write(`fleet: ${targets} targets of ${samples} samples\n`);
  process.send?.('ready');
});
process.on('disconnect', () => process.exit());
