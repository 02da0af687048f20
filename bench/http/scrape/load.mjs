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
  #dueMs;
  #onAnswer;

  /** `dueMs`: of each request by its index. `onAnswer` is told of each answer. */
  constructor(dueMs, onAnswer) {
    this.#dueMs = dueMs;
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
    for (const { socket } of this.#all) socket.destroy();
  }

  #connect(port) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection = { socket, index: -1 };
    socket.on('data', (chunk) => {
      if (chunk[chunk.length - 1] !== endOfAnswer) return;
      this.#onAnswer(performance.now(), this.#dueMs(connection.index));
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(connection);
      else this.#sendOn(connection, next);
    });
    return connection;
  }

  #sendOn(connection, index) {
    connection.index = index;
    connection.socket.write(requests[(index * stride) % labelSets]);
  }
}

/** Sends `count` requests at `rate` a second; what is due before `fromMs` is not looked at. */
async function run({ port, rate, count, fromMs }) {
  const latencies = new Float64Array(count);
  let looked = 0;
  let answered = 0;
  let gapMs = 0;
  let lastMs = Number.NaN;
  const startMs = performance.now() + 20;
  const dueMs = (index) => startMs + (index * 1000) / rate;
  const done = Promise.withResolvers?.() ?? withResolvers();
  const load = new Load(dueMs, (nowMs, wasDueMs) => {
    answered++;
    if (wasDueMs >= startMs + fromMs) {
      latencies[looked++] = nowMs - wasDueMs;
      if (nowMs - lastMs > gapMs) gapMs = nowMs - lastMs;
      lastMs = nowMs;
    }
    if (answered === count) done.resolve();
  });
  await load.open(port);
  let sent = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    while (sent < count && dueMs(sent) <= nowMs) load.send(sent++);
  }, 1);
  await done.promise;
  clearInterval(timer);
  load.close();
  const sorted = latencies.subarray(0, looked).sort();
  const at = (share) => sorted[Math.ceil(sorted.length * share) - 1];
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1), gap: gapMs };
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
