import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestEnd } from '../recorder/http-recorder.js';
import { clientClosedRequest } from '../recorder/status-places.js';
import { countRequest, type TrackOptions } from './count-request.js';
import { onFirstBytes } from './first-bytes.js';

/** To call when a server's `upgrade` or `connect` event comes. */
export type TrackUpgrade<Request> = (
  request: Request,
  message: IncomingMessage,
  socket: Duplex,
) => void;

/**
 * Gives a function for requests that Node.js makes no response for, since the service answers on the
 * connection itself: those with `Upgrade`, and `CONNECT`. Each is counted once, when its status line
 * is written, whatever the connection carries afterwards; without one when the connection closes.
 */
export function trackUpgrades<Request>(options: TrackOptions<Request>): TrackUpgrade<Request> {
  return (request, message, socket) => {
    const number = options.recorder.begin(message.method ?? '');
    let isOver = false;
    function count(status: number, end: RequestEnd): void {
      if (isOver) return;
      isOver = true;
      countRequest(options, number, request, status, end);
    }
    onFirstBytes(socket, (status) => {
      if (status !== undefined) count(status, 'sent');
    });
    socket.once('close', () => {
      // One that the service closes itself was neither ended nor broken by its client.
      const isClientGone = socket.readableEnded || socket.errored !== null;
      if (isClientGone) count(clientClosedRequest, 'aborted-before-headers');
      else count(500, 'sent');
    });
  };
}
