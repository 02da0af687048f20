import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { lookupThrough } from './lookup-through.js';
import { NameResolver } from './name-resolver.js';

it('sockets find a name, also one that is known already, with one look', async () => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked: string[] = [];
  const resolver = new NameResolver(new ManualClock(), async (hostname) => {
    asked.push(hostname);
    return [{ address: '127.0.0.1', family: 4 }];
  });
  const lookup = lookupThrough(resolver);
  for (let i = 0; i < 3; i++) {
    const socket = connect({ host: 'a.test', port, lookup, autoSelectFamily: i > 1 });
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toBe('hello');
    socket.destroy();
  }
  expect(asked).toEqual(['a.test']);
  server.close();
});

it('a name that is not found is an error of the socket', async () => {
  const resolver = new NameResolver(new ManualClock(), async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND a.test'), { code: 'ENOTFOUND' });
  });
  const lookup = lookupThrough(resolver);
  for (let i = 0; i < 2; i++) {
    const socket = connect({ host: 'a.test', port: 1, lookup });
    const [error] = (await once(socket, 'error').catch((thrown) => [thrown])) as [Error];
    expect(error.message).toMatch(/ENOTFOUND/);
  }
});
