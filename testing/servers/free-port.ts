import { once } from 'node:events';
import { createServer } from 'node:net';

// Below what systems hand out by themselves (Linux: 32768-60999), so that no connection and no
// listener on port 0 can come to sit on a port between this answer and the start of its server.
const firstPort = 10_000;
const portsOfAWorker = 1_250;
const workers = 16;

// Files that run side by side never share a port: each worker of a test run has numbers of its own.
const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % workers;
// Somewhere in them, as two runs may share a machine.
let next = Math.floor(Math.random() * portsOfAWorker);

/**
 * A TCP port of 127.0.0.1 that nothing listens on, and that nobody else is given.
 *
 * @param inARow ports that are free together; the first is returned. Default 1.
 */
export async function freePort(inARow = 1): Promise<number> {
  for (let tries = 0; tries < portsOfAWorker; tries++) {
    if (next + inARow > portsOfAWorker) next = 0;
    const first = firstPort + worker * portsOfAWorker + next;
    const ports = Array.from({ length: inARow }, (_, i) => first + i);
    next += inARow;
    const free = await Promise.all(ports.map(isFree));
    if (!free.includes(false)) return first;
  }
  throw new Error('no free port: something listens on all of them');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
