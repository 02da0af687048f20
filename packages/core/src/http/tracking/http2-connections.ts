import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

interface Connection {
  isLost: boolean;
}

// On the objects themselves: a stream has lost its session when it closes.
const connectionOf: unique symbol = Symbol('prom-agent.connection');
type Connected<T> = T & { [connectionOf]?: Connection };

/**
 * Lets {@link hasLostConnection} tell of a stream whether its connection failed under it. Node.js then
 * destroys the session, with the codes of one that the service destroyed.
 */
export function watchConnection(stream: Connected<ServerHttp2Stream>): void {
  const session: Connected<Http2Session> | undefined = stream.session;
  if (session === undefined || session.destroyed) return;
  session[connectionOf] ??= watch(session.socket);
  stream[connectionOf] = session[connectionOf];
}

export function hasLostConnection(stream: Connected<ServerHttp2Stream>): boolean {
  return stream[connectionOf]?.isLost === true;
}

// Node.js has a listener there too, so nobody's error is hidden by this one.
function watch(socket: Socket): Connection {
  const connection: Connection = { isLost: false };
  socket.once('error', (error: NodeJS.ErrnoException) => {
    // The service may have destroyed it with an error of its own, which has no code.
    connection.isLost = error.code !== undefined;
  });
  return connection;
}
