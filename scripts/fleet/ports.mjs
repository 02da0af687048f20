import { once } from 'node:events';
import { createServer } from 'node:net';

const lastPort = 65_535;

/**
 * The ports of the fleet. With PORT=p: p, p+1, p+2; without: 3000, 3001 and the worker's usual 9464.
 * Throws an Error for the user.
 */
export function readPorts(portVariable) {
  if (portVariable === undefined || portVariable === '') {
    return { fastify: 3000, express: 3001, worker: 9464 };
  }
  const port = Number(portVariable);
  if (!/^\d+$/.test(portVariable) || port < 1 || port + 2 > lastPort) {
    throw new Error(
      `PORT=${portVariable}: expected a number from 1 to ${lastPort - 2}; the fleet takes it and the next two`,
    );
  }
  return { fastify: port, express: port + 1, worker: port + 2 };
}

/** Throws an Error for the user when something listens on one of the ports. */
export async function checkPortsAreFree(ports) {
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(port)) continue;
    throw new Error(
      `port ${port} (${name}) is taken: stop what listens there, or choose other ports with PORT=4000 npm start`,
    );
  }
}

export async function isFree(port) {
  // On some systems the wildcard can be bound beside a taken 127.0.0.1.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

/** `wanted` when it is free, else one the system chooses. */
export async function freePort(wanted) {
  if (wanted !== undefined && (await isFree(wanted))) return wanted;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}
