import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { trackResponses } from './track-responses.js';

function tracker() {
  const recorder = createHttpRecorder({ exemplars: false });
  const track = trackResponses<undefined>({
    recorder,
    routeIdOf: () => recorder.route('GET', '/'),
    onError: () => expect.unreachable(),
  });
  const sampleOf = async (metric: string, suffix: string) => {
    const found = recorder.metrics.find(({ name }) => name === metric)!;
    const { values } = await found.get();
    const sample = values.find(({ metricName }) => metricName === `${metric}${suffix}`);
    return sample && [sample.labels['status_code'], sample.value];
  };
  return { track, sampleOf };
}

it('of a body that its client breaks off over HTTP/2 the bytes that came count, not those it declared', async () => {
  const { track, sampleOf } = tracker();
  const server = createHttp2Server((request, response) => {
    track(undefined, request as never, response as never);
    request.on('error', () => {}).once('data', () => stream.close(8));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = session.request({ ':method': 'POST', 'content-length': '100' });
  stream.on('error', () => {});
  stream.write('abc');
  const counted = () => sampleOf('http_request_size_bytes', '_sum');
  await vi.waitFor(async () => expect(await counted()).toBeDefined(), { timeout: 4_000 });
  expect(await counted()).toEqual(['499', 3]);
  session.destroy();
  server.close();
});

it('a response of HTTP/2 that the service writes to the stream itself counts with the status it sent', async () => {
  const { track, sampleOf } = tracker();
  const server = createHttp2Server((request, response) => {
    track(undefined, request as never, response as never);
    response.stream.respond({ ':status': 201 });
    response.stream.end('made');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.request().resume();
  const counted = () => sampleOf('http_request_duration_seconds', '_count');
  await vi.waitFor(async () => expect(await counted()).toEqual(['201', 1]), { timeout: 4_000 });
  session.close();
  server.close();
});

it('a request that Node.js answers with 408, for its body takes too long, counts as 408', async () => {
  const { track, sampleOf } = tracker();
  const options = { requestTimeout: 100, headersTimeout: 50, connectionsCheckingInterval: 20 };
  const server = createServer(options, (request, response) => {
    request.on('error', () => {});
    track(undefined, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).resume();
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
  const counted = () => sampleOf('http_request_duration_seconds', '_count');
  await vi.waitFor(async () => expect(await counted()).toBeDefined(), { timeout: 4_000 });
  expect(await counted()).toEqual(['408', 1]);
  client.destroy();
  server.close();
});
