// Requests at a fixed rate, whatever the answers do: each is due at a moment of its own, and its latency
// counts from there, also while no connection is free.
import { once } from 'node:events';
import { connect } from 'node:net';
import { labelSets, methods, routes, statusCodes } from './kinds.mjs';

const requests = Array.from({ length: labelSets }, (_, i) => {
  const method = methods[i % methods.length];
  const status = statusCodes[Math.floor(i / methods.length) % statusCodes.length];
  const route = routes[Math.floor(i / methods.length / statusCodes.length)];
  const line = `${method} ${route.replace(':id', '17')}?status=${status} HTTP/1.1`;
  return Buffer.from(`${line}\r\nHost: bench\r\nContent-Length: 0\r\n\r\n`);
});
/** Without a common divisor with their number: comes by all of them, far apart. */
const stride = 4999;

const connections = 256;
const endOfAnswer = '}'.charCodeAt(0);

class Load {
  #free = [];
  #all = [];
  /** Indexes of requests that wait for a connection. */
  #waiting = [];
  #isOver = false;
  #onAnswer;

  /** `onAnswer` is told of each answer, by the index of its request. */
  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  async open(port) {
    this.#all = Array.from({ length: connections }, () => this.#connect(port));
    await Promise.all(this.#all.map(({ socket }) => once(socket, 'connect')));
    this.#free = [...this.#all];
  }

  send(index) {
    const connection = this.#free.pop();
    if (connection === undefined) this.#waiting.push(index);
    else this.#sendOn(connection, index);
  }

  close() {
    this.#isOver = true;
    for (const { socket } of this.#all) socket.destroy();
  }

  #connect(port) {
    const connection = { socket: undefined, index: -1 };
    const onread = {
      buffer: Buffer.alloc(4096),
      callback: (length, chunk) => {
        if (chunk[length - 1] === endOfAnswer) this.#answered(connection);
        return true;
      },
    };
    connection.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    connection.socket.on('close', () => {
      if (!this.#isOver) throw new Error(`the service on port ${port} closed a connection`);
    });
    return connection;
  }

  #answered(connection) {
    this.#onAnswer(connection.index);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else this.#sendOn(connection, next);
  }

  #sendOn(connection, index) {
    connection.index = index;
    connection.socket.write(requests[(index * stride) % labelSets]);
  }
}

/**
 * Sends `count` requests at `rate` a second from `startMs` on (Unix time), each at a random moment of its share of
 * the time: in step with nothing. Gives when each was due (Unix time) and its latency in ms, in order.
 */
async function run({ port, rate, count, startMs }) {
  const latencies = new Float64Array(count);
  const begin = startMs - performance.timeOrigin;
  const dueMs = Float64Array.from(latencies, (_, i) => begin + ((i + Math.random()) * 1000) / rate);
  let answered = 0;
  const done = Promise.withResolvers?.() ?? withResolvers();
  const load = new Load((index) => {
    latencies[index] = performance.now() - dueMs[index];
    if (++answered === count) done.resolve();
  });
  await load.open(port);
  let sent = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    while (sent < count && dueMs[sent] <= nowMs) load.send(sent++);
  }, 1);
  await done.promise;
  clearInterval(timer);
  load.close();
  return { dueMs: dueMs.map((ms) => performance.timeOrigin + ms), latencies };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((given) => {
    resolve = given;
  });
  return { promise, resolve };
}

process.on('message', async (question) => process.send(await run(question)));
process.on('disconnect', () => process.exit());
process.send('ready');
