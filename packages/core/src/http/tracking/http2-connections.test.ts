import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { trackResponses } from './track-responses.js';

/** RFC 9113, 4.1 and 6; the client of Node.js closes by itself once it has said GOAWAY. */
function frame(type: number, flags: number, stream: number, payload: readonly number[]): Buffer {
  const head = [0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream];
  return Buffer.from([...head, ...payload]);
}

const settings = [frame(4, 0, 0, []), frame(4, 1, 0, [])];
/** GET / of http, as the static table has them, and the authority `x`. */
const getRoot = frame(1, 5, 1, [0x82, 0x86, 0x84, 0x41, 1, 0x78]);
const goAway = (code: number) => frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, code]);

const ping = frame(6, 0, 0, Array<number>(8).fill(0));
const pong = frame(6, 1, 0, Array<number>(8).fill(0));

/** Resolves when nothing is under way: a socket that is written to does not tell of a reset. */
async function saysGoodbye(client: Socket): Promise<void> {
  const received: Buffer[] = [];
  const answered = new Promise<void>((resolve) => {
    client.on('data', (chunk) => {
      received.push(chunk);
      if (Buffer.concat(received).includes(pong)) setImmediate(resolve);
    });
  });
  client.write(Buffer.concat([goAway(0), ping]));
  await answered;
}

it.each<[string, number, (client: Socket, service: ServerHttp2Session) => Promise<void>]>([
  [
    'reset by its client',
    499,
    async (client) => {
      await saysGoodbye(client);
      client.resetAndDestroy();
    },
  ],
  [
    'destroyed by the service',
    500,
    async (client, service) => {
      await saysGoodbye(client);
      service.destroy();
    },
  ],
])('a connection that is %s after a GOAWAY counts its request as %i', async (_, status, end) => {
  const recorder = createHttpRecorder({ exemplars: false });
  const track = trackResponses<undefined>({
    recorder,
    routeIdOf: () => recorder.route('GET', '/'),
    onError: () => expect.unreachable(),
  });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).resume();
  server.on('request', (request, response) => {
    track(undefined, request as never, response as never);
    void end(client, response.stream.session as ServerHttp2Session);
  });
  client.write(
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ...settings, getRoot]),
  );
  const counted = async () => {
    const { values } = await recorder.metrics[0]!.get();
    const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
    return counts.map(({ labels, value }) => [Number(labels['status_code']), value]);
  };
  await vi.waitFor(async () => expect(await counted()).toEqual([[status, 1]]), { timeout: 20_000 });
  client.destroy();
  server.close();
});
