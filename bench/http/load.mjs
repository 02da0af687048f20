// A fixed number of requests over kept connections, one at a time on each. A plain client: it knows how
// long an answer is from the first one, so that it costs less than any server.
import { once } from 'node:events';
import { connect } from 'node:net';

const paths = ['/', '/users/17', '/orders/4/items', '/health'];
const requests = paths.map((path) =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`),
);

/** Sends so many requests on so many connections; resolves when all are answered. */
async function send(port, count, connections) {
  let left = count;
  const one = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    let answerBytes = 0;
    let waiting = 0;
    await new Promise((resolve, reject) => {
      const next = () => {
        if (left === 0) {
          socket.end();
          resolve();
          return;
        }
        left--;
        waiting = answerBytes;
        socket.write(requests[left & 3]);
      };
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        if (answerBytes === 0) {
          if (!chunk.toString('latin1', 0, 15).startsWith('HTTP/1.1 200'))
            reject(new Error(`${chunk}`));
          answerBytes = chunk.length;
          next();
          return;
        }
        waiting -= chunk.length;
        if (waiting <= 0) next();
      });
      next();
    });
  };
  await Promise.all(Array.from({ length: connections }, one));
}

process.on('message', async ({ port, count, connections }) => {
  const start = performance.now();
  await send(port, count, connections);
  process.send({ seconds: (performance.now() - start) / 1000 });
});
process.on('disconnect', () => process.exit());
process.send('ready');
