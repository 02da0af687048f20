// The receiver: takes remote_write 1.0 and 2.0, decodes every sample and keeps the counts.
//   node sink.mjs --port 9201
// POST /write/NAME keeps the counts under NAME; GET /stats/NAME?from=MS&to=MS&interval=MS gives
// those of samples with a timestamp of that time.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Deliveries } from './deliveries.mjs';
import { decodeRequest } from './remote-write-decoder.mjs';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9201' } } });

/** @type {Map<string, Deliveries>} */
const deliveries = new Map();

function deliveriesOf(name) {
  let found = deliveries.get(name);
  if (found === undefined) {
    found = new Deliveries();
    deliveries.set(name, found);
  }
  return found;
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://sink');
  const [, action, name] = url.pathname.split('/');
  if (action === 'stats') {
    const [from, to, interval] = ['from', 'to', 'interval'].map((key) =>
      Number(url.searchParams.get(key)),
    );
    response.end(JSON.stringify(deliveriesOf(name).stats(from, to, interval)));
  } else if (action === 'write' && request.method === 'POST') {
    receive(deliveriesOf(name), request, response);
  } else {
    response.writeHead(404).end();
  }
});

function receive(counts, request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const problem = checkHeaders(request.headers);
    if (problem !== undefined) {
      counts.refuse(problem);
      response.writeHead(415).end(problem);
      return;
    }
    try {
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      const written = counts.take(body, versionOf(request.headers), decodeRequest);
      response.setHeader('x-prometheus-remote-write-samples-written', written);
      response.writeHead(204).end();
    } catch (error) {
      counts.refuse(error.message);
      response.writeHead(400).end(error.message);
    }
  });
}

function versionOf(headers) {
  return headers['content-type']?.includes('io.prometheus.write.v2.Request') ? 2 : 1;
}

function checkHeaders(headers) {
  if (headers['content-encoding'] !== 'snappy') {
    return `content-encoding is ${headers['content-encoding']}, not snappy`;
  }
  if (!headers['content-type']?.startsWith('application/x-protobuf')) {
    return `content-type is ${headers['content-type']}`;
  }
  const wanted = versionOf(headers) === 2 ? '2.0.0' : '0.1.0';
  const version = headers['x-prometheus-remote-write-version'];
  return version === wanted ? undefined : `remote-write version is ${version}, not ${wanted}`;
}

server.keepAliveTimeout = 0;
server.on('error', (error) => {
  process.stderr.write(`sink: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(values.port), '127.0.0.1', () => {
  process.stdout.write(`sink: port ${server.address().port}\n`);
  process.send?.({ port: server.address().port });
});
process.on('disconnect', () => process.exit());
