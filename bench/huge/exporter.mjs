// One exporter of very many series and small ones beside it, all in one process:
//   node exporter.mjs --series 1000000 --small 20 --port 9100
// /huge answers with a body of two that take turns, gzipped before the first request; each other path
// is a small target. GET /log gives when each path was asked, Unix ms.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '1000000' },
    port: { type: 'string', default: '9100' },
  },
});
const series = Number(values.series);
const customers = 7919;

/** Some 120 bytes a line; half of the values differ from turn to turn. */
function hugeBody(turn) {
  const parts = [];
  let text = '# HELP huge_requests_total Requests by route.\n# TYPE huge_requests_total counter\n';
  for (let i = 0; i < series; i++) {
    const value = i * 3 + (i % 2) * turn;
    text += `huge_requests_total{customer="customer-${(i * customers) % series}",method="GET",path="/api/v1/items/${i}",status="200",zone="eu-${i % 3}"} ${value}\n`;
    if (text.length < 1e6) continue;
    parts.push(Buffer.from(text));
    text = '';
  }
  parts.push(Buffer.from(text));
  return Buffer.concat(parts);
}

const bodies = [0, 1].map((turn) => {
  const body = hugeBody(turn);
  return { bytes: body.length, gzip: gzipSync(body, { level: 1 }) };
});
const small = Buffer.from(
  Array.from({ length: 50 }, (_, i) => `small_value{i="${i}"} ${i}\n`).join(''),
);
const headers = { 'content-type': 'text/plain; version=0.0.4' };
/** @type {Record<string, number[]>} */
const log = {};
let turn = 0;

const server = createServer((request, response) => {
  if (request.url === '/log') {
    response.end(JSON.stringify(log));
    return;
  }
  log[request.url] ??= [];
  log[request.url].push(Date.now());
  if (request.url !== '/huge') {
    response.writeHead(200, headers).end(small);
    return;
  }
  const { gzip } = bodies[turn++ % bodies.length];
  response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(gzip);
});
server.keepAliveTimeout = 0;
server.listen(Number(values.port), '127.0.0.1', () => {
  const [{ bytes, gzip }] = bodies;
  process.send?.({ port: server.address().port, bytes, gzipBytes: gzip.length });
});
process.on('disconnect', () => process.exit());
