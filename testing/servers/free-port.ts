import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Below what systems hand out by themselves (Linux: 32768-60999), so that no connection and no
// listener on port 0 can come to sit on a port between this answer and the start of its server.
const firstPort = 10_000;
const ports = 20_000;

/** A file for each port that is given, with the process it is for: runs may share a machine. */
const given = join(tmpdir(), 'prom-agent-test-ports');

let next = Math.floor(Math.random() * ports);

/**
 * A TCP port of 127.0.0.1 that nothing listens on, and that nobody else is given while this process
 * lives.
 *
 * @param inARow ports that are free together; the first is returned. Default 1.
 */
export async function freePort(inARow = 1): Promise<number> {
  mkdirSync(given, { recursive: true });
  for (let tries = 0; tries < ports; tries++) {
    if (next + inARow > ports) next = 0;
    const first = firstPort + next;
    const row = Array.from({ length: inARow }, (_, i) => first + i);
    next += inARow;
    if (!row.every(take)) continue;
    const free = await Promise.all(row.map(isFree));
    if (!free.includes(false)) return first;
  }
  throw new Error('no free port: something listens on all of them');
}

/** False where the port is another's. */
function take(port: number): boolean {
  const file = join(given, String(port));
  if (isHeld(file)) return false;
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a process that lives has the port; what a dead one left is taken away. */
function isHeld(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    // Of another user, and alive.
    if (code === 'EPERM') return true;
    rmSync(file, { force: true });
    return false;
  }
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
