import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker } from '../servers/worker.js';

const body = 'a 1\nb 2\n';
const gzipped = gzipSync(body);
const type = 'content-type: text/plain; version=0.0.4\r\n';
const ok = `HTTP/1.1 200 OK\r\n${type}`;
const sized = (head: string, text: string | Buffer) =>
  Buffer.concat([Buffer.from(`${head}content-length: ${text.length}\r\n\r\n`), Buffer.from(text)]);
const gzip = (text: Buffer) => sized(`${ok}content-encoding: gzip\r\n`, text);
const chunked = (text: string) => `${ok}transfer-encoding: chunked\r\n\r\n${text}`;

/** Answers as bytes; those in `closing` end the connection. */
const answers: Readonly<Record<string, string | Buffer>> = {
  plain: sized(ok, body),
  empty: sized(ok, ''),
  'status-204': 'HTTP/1.1 204 No Content\r\n\r\n',
  'status-206': sized(`HTTP/1.1 206 Partial Content\r\n${type}`, body),
  'status-302-nowhere': 'HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n',
  'status-without-words': sized(`HTTP/1.1 200\r\n${type}`, body),
  'bare-line-feeds': sized(ok, body).toString().replaceAll('\r\n', '\n'),
  'until-close': `${ok}connection: close\r\n\r\n${body}`,
  'http-1.0': `HTTP/1.0 200 OK\r\n${type}\r\n${body}`,
  'http-1.0-sized': sized(`HTTP/1.0 200 OK\r\n${type}`, body),
  'interim-answers': Buffer.concat([
    Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'),
    sized(ok, body),
  ]),
  chunks: chunked('4\r\na 1\n\r\n4\r\nb 2\n\r\n0\r\n\r\n'),
  'chunks-with-extension-and-trailer': chunked('8;x=y\r\na 1\nb 2\n\r\n0\r\nx: y\r\n\r\n'),
  'chunks-cut': chunked('4\r\na 1\n\r\n4\r\nb'),
  'chunk-of-no-size': chunked('\r\na 1\n\r\n0\r\n\r\n'),
  'body-cut': `${ok}content-length: 100\r\n\r\n${body}`,
  'two-lengths-alike': sized(`${ok}content-length: ${body.length}\r\n`, body),
  'two-lengths': sized(`${ok}content-length: 3\r\n`, body),
  'length-of-letters': `${ok}content-length: abc\r\n\r\n${body}`,
  'header-of-20k': sized(`${ok}x: ${'y'.repeat(20_000)}\r\n`, body),
  'header-without-colon': sized(`${ok}nothing\r\n`, body),
  'header-with-blank-before-colon': sized(`${ok}x : y\r\n`, body),
  'no-http': 'SSH-2.0-OpenSSH\r\n\r\n',
  'http-0.9': body,
  gzip: gzip(gzipped),
  'gzip-of-two-members': gzip(Buffer.concat([gzipSync('a 1\n'), gzipSync('b 2\n')])),
  'gzip-with-zeros-behind': gzip(Buffer.concat([gzipped, Buffer.alloc(4)])),
  'gzip-with-garbage-behind': gzip(Buffer.concat([gzipped, Buffer.from('garbage garbage')])),
  'gzip-cut': gzip(gzipped.subarray(0, -5)),
  'gzip-of-nothing': gzip(Buffer.alloc(0)),
  'gzip-with-a-wrong-sum': gzip(flip(gzipped, gzipped.length - 8)),
  'gzip-that-is-none': gzip(Buffer.from(body)),
  'gzip-in-capitals': sized(`${ok}content-encoding: GZIP\r\n`, gzipped),
  'x-gzip': sized(`${ok}content-encoding: x-gzip\r\n`, gzipped),
  identity: sized(`${ok}content-encoding: identity\r\n`, body),
  'deflate-said-and-not-done': sized(`${ok}content-encoding: deflate\r\n`, body),
};

/** Where prom-agent gives something else on purpose: docs/reference/conformance.md. */
const differences: Readonly<Record<string, { up: number; samples: number }>> = {
  'header-with-blank-before-colon': { up: 0, samples: 0 },
  'gzip-with-zeros-behind': { up: 1, samples: 2 },
  'gzip-in-capitals': { up: 1, samples: 2 },
};

const closing = /until-close|http-1.0|cut|no-http|http-0.9|nowhere|letters|chunk-of-no-size/;

describe.skipIf(requireServer('prometheus'))('an exporter that answers Prometheus', () => {
  const closers: (() => unknown)[] = [];
  const names = Object.keys(answers);
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.on('data', (request) => {
        const name = /^GET \/(\S+)/.exec(request.toString())?.[1] ?? '';
        if (closing.test(name)) socket.end(answers[name] ?? '');
        else socket.write(answers[name] ?? '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = (by: string) => ({
      global: { scrape_interval: '1s', scrape_timeout: '900ms' },
      scrape_configs: names.map((job_name) => ({
        job_name,
        metrics_path: `/${job_name}`,
        static_configs: [{ targets: [target], labels: { by } }],
      })),
    });
    prometheus = await startPrometheus({
      config: config('prometheus'),
      remoteWriteReceiver: true,
    });
    closers.unshift(() => prometheus.stop());
    const worker = await startWorker({
      config: {
        ...config('prom-agent'),
        remote_write: [
          { url: prometheus.remoteWriteUrl, queue_config: { batch_send_deadline: '1s' } },
        ],
      },
    });
    closers.unshift(() => worker.stop());
    const deadline = performance.now() + 30_000;
    while (performance.now() < deadline) {
      const found = await prometheus.query('count_over_time(up{by=~".+"}[1m]) > 1');
      if (found.length === 2 * names.length) break;
      await delay(200);
    }
  });

  afterAll(async () => {
    for (const close of closers) await close();
  });

  it.each(names)('%s gets the same from prom-agent', async (name) => {
    const ask = async (by: string) => {
      const last = async (metric: string) => {
        const labels = `job="${name}",by="${by}"`;
        const [found] = await prometheus.query(`max_over_time(${metric}{${labels}}[1m])`);
        return found?.samples[0]?.value;
      };
      return { up: await last('up'), samples: await last('scrape_samples_scraped') };
    };
    const [given, expected] = [await ask('prom-agent'), await ask('prometheus')];
    if (name in differences) expect([given, expected]).not.toEqual([expected, expected]);
    expect(given).toEqual(differences[name] ?? expected);
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at]! ^= 0xff;
  return flipped;
}
