// Exporters that log what they served, and a receiver that can be out of order, in one process.
import { createServer } from 'node:http';
import { decodeRequest } from '../scrape/remote-write-decoder.mjs';
import { Received, Served, sampleValue } from './truth.mjs';

function listen(server, host, port = 0) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server.address().port));
  });
}

/** Targets on `127.1.x.y`, told apart by the address they were asked on. */
export async function startExporters(series, { firstScrape = 1, port: wanted = 0 } = {}) {
  const served = new Served();
  const scrapes = new Map();
  const names = Array.from({ length: series }, (_, i) => `deliver_value{series="${i}"} `);
  const server = createServer((request, response) => {
    const [, , network, host] = request.socket.localAddress.split('.').map(Number);
    const target = network * 250 + host - 1;
    const scrape = scrapes.get(target) ?? firstScrape;
    scrapes.set(target, scrape + 1);
    const startedMs = Date.now();
    const lines = names.map((name, i) => name + sampleValue(scrape, i));
    response.on('finish', () => served.ended(target, scrape, startedMs, Date.now()));
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(`${lines.join('\n')}\n`);
  });
  server.keepAliveTimeout = 0;
  const port = await listen(server, '0.0.0.0', wanted);
  return { port, served, close: () => closeServer(server) };
}

/** Counts what it is sent, unless `isDown`: then it answers 503. */
export async function startReceiver(series) {
  const received = new Received(series);
  const receiver = {
    received,
    isDown: false,
    url: '',
    refused: 0,
    close: () => closeServer(server),
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (receiver.isDown) {
        receiver.refused++;
        response.writeHead(503).end('down');
        return;
      }
      const isV2 = request.headers['content-type']?.includes('io.prometheus.write.v2.Request');
      const before = received.samples;
      decodeRequest(Buffer.concat(chunks), isV2 ? 2 : 1, received);
      response.setHeader('x-prometheus-remote-write-samples-written', received.samples - before);
      response.writeHead(204).end();
    });
    request.on('error', () => {});
  });
  server.keepAliveTimeout = 0;
  receiver.url = `http://127.0.0.1:${await listen(server, '127.0.0.1')}/write/deliver`;
  return receiver;
}

function closeServer(server) {
  server.closeAllConnections();
  server.close();
}
