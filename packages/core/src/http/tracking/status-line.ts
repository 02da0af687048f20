import type { Duplex } from 'node:stream';

type Send = (...args: unknown[]) => never;

/**
 * Calls back with the status when the first bytes sent on a connection are the status line of a
 * response, as the handshake of a WebSocket server is, which it writes to the socket itself.
 */
export function onStatusLine(socket: Duplex, callback: (status: number) => void): void {
  // end() does not call write().
  const restore = [first('write'), first('end')];

  function first(name: 'write' | 'end'): () => void {
    const own = socket as unknown as Record<typeof name, Send | undefined>;
    const send = own[name] as Send;
    const isOwn = Object.hasOwn(socket, name);
    own[name] = (...args) => {
      for (const one of restore) one();
      const status = /^HTTP\/1\.\d (\d{3})(?: |\r|$)/.exec(textOf(args[0]))?.[1];
      if (status !== undefined) callback(Number(status));
      return send.apply(socket, args);
    };
    return () => {
      if (isOwn) own[name] = send;
      else delete own[name];
    };
  }
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk.slice(0, 16);
  return chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 16)).toString('latin1') : '';
}
