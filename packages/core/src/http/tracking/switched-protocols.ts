import type { Socket } from 'node:net';

/**
 * Calls back when the first bytes sent on a connection say that it changes to another protocol, as a
 * WebSocket server's handshake does: its response is written to the socket itself.
 */
export function onSwitchedProtocols(socket: Socket, callback: () => void): void {
  const { write } = socket;
  const isOwn = Object.hasOwn(socket, 'write');
  socket.write = function (this: Socket, ...args: Parameters<typeof write>): boolean {
    if (isOwn) socket.write = write;
    else delete (socket as { write?: unknown }).write;
    const [chunk] = args as [unknown];
    if (/^HTTP\/1\.\d 101 /.test(textOf(chunk))) callback();
    return write.apply(socket, args);
  } as typeof write;
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk.slice(0, 16);
  return chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 16)).toString('latin1') : '';
}
