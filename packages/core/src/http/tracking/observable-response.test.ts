import { once } from 'node:events';
import { createServer, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { observe, type ResponseObserver } from './observable-response.js';
import { prepareServer } from './prepare-server.js';
import { trackResponses } from './track-responses.js';

class OwnResponse extends ServerResponse {}

/** What is done to each of some responses of a server, one after the other. */
async function responsesOf<T>(server: Server, act: (response: ServerResponse) => T): Promise<T[]> {
  const found: T[] = [];
  server.on('request', (_, response) => {
    found.push(act(response));
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 4; i++) await (await fetch(`http://127.0.0.1:${port}`)).text();
  server.closeAllConnections();
  server.close();
  return found;
}

it.each<[string, Server]>([
  ['a server', createServer()],
  ['one with responses of its own', createServer({ ServerResponse: OwnResponse })],
])(
  'the responses of %s come to be observed without a listener for each, in this version of Node.js too',
  async (_, server) => {
    const recorder = createHttpRecorder();
    const track = trackResponses<undefined>({
      recorder,
      routeIdOf: () => recorder.route('GET', '/'),
      onError: () => expect.unreachable(),
    });
    const listeners = await responsesOf(server, (response) => {
      const before = response.listenerCount('close');
      track(undefined, response.req, response);
      return response.listenerCount('close') - before;
    });
    // The first was there before anybody knew of the server; the second shows how one of its ends.
    expect(listeners.slice(2)).toEqual([0, 0]);
  },
);

it('the class of responses is found in servers of HTTP and HTTPS, and that of nothing else is touched', () => {
  for (const server of [createServer(), createTlsServer(), createServer()]) {
    const classes = () =>
      Object.getOwnPropertySymbols(server)
        .map((symbol) => (server as unknown as Record<symbol, unknown>)[symbol])
        .filter((one) => typeof one === 'function' && one.prototype instanceof ServerResponse);
    expect(classes()).toEqual([]);
    prepareServer(server);
    prepareServer(server);
    expect(classes()).toHaveLength(1);
  }
  expect(() => prepareServer({})).not.toThrow();
});

it('an observer is told of the end of each response that is sent, once it has shown to be told', async () => {
  const server = createServer();
  prepareServer(server);
  let ends = 0;
  const observer: ResponseObserver = {
    onWrite: () => {},
    onFlush: () => {},
    onEnd: () => {},
    onOver: () => void ends++,
  };
  const observed = await responsesOf(server, (response) =>
    observe(response, observer, 1, undefined),
  );
  expect(observed.slice(1)).toEqual([true, true, true]);
  expect(ends).toBe(observed.filter(Boolean).length);
});
