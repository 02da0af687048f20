import type { IncomingMessage, ServerResponse } from 'node:http';
import { onFirstBytes } from './first-bytes.js';

const statusOf: unique symbol = Symbol('prom-agent.statusPastResponse');
type Followed = ServerResponse & { [statusOf]?: number };
type Message = IncomingMessage & { readonly upgrade?: boolean };

const switchingProtocols = 101;

/**
 * Follows what a service writes to the connection itself, past its response: as a WebSocket server
 * its handshake, or whoever has hijacked a reply. `onSwitch`: it goes over to another protocol.
 */
export function followPastResponse(
  response: Followed,
  onSwitch: (response: ServerResponse) => void,
): void {
  const { httpVersionMajor, socket, upgrade }: Message = response.req;
  const isElsewhere = response.socket === null;
  // The streams of HTTP/2 share theirs; in a pipeline it is another response's turn.
  if (httpVersionMajor === 2 || (isElsewhere && upgrade !== true)) return;
  // express-ws shows a request to its app after the handshake, with a response that is on no connection.
  if (isElsewhere && socket.bytesWritten > 0) response[statusOf] = switchingProtocols;
  onFirstBytes(socket, (status) => {
    if (response.headersSent) return;
    if (status !== undefined) response[statusOf] ??= status;
    if (response[statusOf] === switchingProtocols) onSwitch(response);
  });
}

/** The status that was written there; undefined where none was. */
export function statusPastResponse(response: Followed): number | undefined {
  return response[statusOf];
}
