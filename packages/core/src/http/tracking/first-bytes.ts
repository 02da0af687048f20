import type { Duplex } from 'node:stream';

type Send = (...args: unknown[]) => never;

/**
 * Calls back when the first bytes are sent on a connection, with the status where they are the status
 * line of a response, as the handshake of a WebSocket server is, which it writes to the socket itself.
 * What comes ahead of the response (`100 Continue`, `103 Early Hints`) is passed over.
 */
export function onFirstBytes(socket: Duplex, callback: (status?: number) => void): void {
  // end() does not call write().
  const restore = [first('write'), first('end')];

  function first(name: 'write' | 'end'): () => void {
    const own = socket as unknown as Record<typeof name, Send | undefined>;
    const send = own[name] as Send;
    const isOwn = Object.hasOwn(socket, name);
    own[name] = (...args) => {
      const digits = /^HTTP\/1\.\d (\d{3})(?: |\r|$)/.exec(textOf(args[0]))?.[1];
      if (isAhead(Number(digits))) return send.apply(socket, args);
      for (const one of restore) one();
      if (digits === undefined) callback();
      else callback(Number(digits));
      return send.apply(socket, args);
    };
    return () => {
      if (isOwn) own[name] = send;
      else delete own[name];
    };
  }
}

/** RFC 9110, 15.2: but for 101, which is the last of HTTP. */
function isAhead(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101;
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk.slice(0, 16);
  return chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 16)).toString('latin1') : '';
}
