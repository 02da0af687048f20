import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { ZooKeeperConnection } from './zookeeper-connection.js';
import { parseServer } from './zookeeper-servers.js';

type Answer = (request: Buffer, socket: Socket) => void;

let server: Server;
const sockets = new Set<Socket>();
const clock = new ManualClock();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A server that does what the list says, one answer for each frame that comes. */
async function open(answers: Answer[]): Promise<ZooKeeperConnection> {
  server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        answers.shift()?.(received.subarray(4, end), socket);
        received = received.subarray(end);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return ZooKeeperConnection.open(address, 3_000, 1_000, clock, new AbortController().signal);
}

function frame(hex: string): Buffer {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const says =
  (hex: string): Answer =>
  (_request, socket) =>
    socket.write(frame(hex));
const session = says(`00000000 00000bb8 0000000000000001 00000010${'00'.repeat(16)} 00`);
const refusal = says(`00000000 00000000 0000000000000000 00000010${'00'.repeat(16)} 00`);
const silence: Answer = () => {};

it.each<[string, Answer, RegExp]>([
  ['HTTP', (_r, socket) => socket.write('HTTP/1.1 400 Bad\r\n'), /this is no ZooKeeper server$/],
  ['a refusal', refusal, /cannot be read: it refuses a session$/],
  ['a frame too short', says('00'), /cannot be read/],
  ['a closed connection', (_r, socket) => socket.end(), /^the server closed the connection$/],
])('%s instead of a session is an error', async (_name, answer, error) => {
  await expect(open([answer])).rejects.toThrow(error);
  expect(clock.pendingTimers).toBe(0);
});

it('silence instead of a session is an error in time', async () => {
  const opening = open([silence]);
  const failed = expect(opening).rejects.toThrow('no session in 1000 ms');
  while (sockets.size === 0) await turn();
  await clock.advance(1_000);
  await failed;
});

it.each<[string, Answer, RegExp]>([
  ['an answer to nothing', says('00000063 0000000000000001 00000000'), /to what was not asked$/],
  ['half a reply', says('00000000 0000'), /cannot be read/],
  ['data past its record', says('00000000 0000000000000001 00000000 00ffffff'), /past its record/],
  ['a reset', (_r, socket) => socket.resetAndDestroy(), /ECONNRESET/],
  ['a closed connection', (_r, socket) => socket.end(), /closed the connection/],
])('%s fails what was asked, and the connection, once', async (_name, answer, error) => {
  const connection = await open([session, answer]);
  const heard: (string | undefined)[] = [];
  connection.listen((path) => heard.push(path));
  const asked = [connection.getData('/a'), connection.getChildren('/a')];
  const results = await Promise.allSettled(asked);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(connection.lostBy?.message).toMatch(error);
  await expect(connection.exists('/a')).rejects.toThrow(connection.lostBy);
  expect(heard).toEqual([undefined]);
  expect(clock.pendingTimers).toBe(0);
  await connection.close();
});

it('whoever begins to listen after the end hears of it', async () => {
  const connection = await open([session]);
  await connection.close();
  const heard = await new Promise((resolve) => connection.listen(resolve));
  expect(heard).toBeUndefined();
});

it('asks with a watch, and reads answers in any order, between notifications', async () => {
  const requests: string[] = [];
  const note: Answer = (request) => requests.push(request.toString('latin1'));
  const connection = await open([
    session,
    note,
    note,
    (request, socket) => {
      note(request, socket);
      socket.write(
        Buffer.concat([
          frame('ffffffff 0000000000000000 00000000 00000003 00000003 00000002 2f62'),
          frame('00000002 0000000000000001 ffffff9b'),
          frame('00000001 0000000000000001 00000000 00000002 00000001 78 00000001 79'),
          frame('00000000 0000000000000001 00000000 00000002 6869'),
        ]),
      );
    },
  ]);
  const heard: (string | undefined)[] = [];
  connection.listen((path) => heard.push(path));
  const answers = await Promise.all([
    connection.getData('/a'),
    connection.getChildren('/a'),
    connection.exists('/a'),
  ]);
  expect(answers).toEqual([Buffer.from('hi'), ['x', 'y'], false]);
  expect(heard).toEqual(['/b']);
  expect(requests[0]).toBe('\0\0\0\0\0\0\0\x04\0\0\0\x02/a\x01');
  await connection.close();
});

it('pings, and a server that answers none is lost after two thirds of the timeout', async () => {
  const pings: string[] = [];
  const ping: Answer = (request, socket) => {
    pings.push(request.toString('hex'));
    socket.write(frame('fffffffe 0000000000000000 00000000'));
  };
  const connection = await open([session, ping, ping, silence, silence]);
  for (let i = 1; i <= 2; i++) {
    await clock.advance(1_000);
    while (pings.length < i) await turn();
    for (let j = 0; j < 20; j++) await turn();
  }
  expect(pings).toEqual(['fffffffe0000000b', 'fffffffe0000000b']);
  await clock.advance(1_000);
  expect(connection.lostBy).toBeUndefined();
  await clock.advance(1_000);
  expect(connection.lostBy?.message).toBe('the server said nothing for 2000 ms');
});

it.each([
  ['h', { host: 'h', port: 2181 }],
  ['h:1', { host: 'h', port: 1 }],
  ['[::1]:2182', { host: '::1', port: 2182 }],
  ['::1', { host: '::1', port: 2181 }],
  ['h:0', undefined],
  ['h:99999', undefined],
  ['http://h:1', undefined],
  ['h/chroot', undefined],
  ['', undefined],
])('server %s', (text, expected) => {
  expect(parseServer(text)).toEqual(expected);
});
