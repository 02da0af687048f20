import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Gives a function to call with each response of HTTP/1. When the connection of one that waits in a
 * pipeline for those before it is lost, `onLost` is called with it: Node.js 20 closes the one response
 * that it is sending and forgets the others.
 */
export function waitingResponses<Response extends ServerResponse>(
  onLost: (response: Response) => void,
): (response: Response) => void {
  const waiting: unique symbol = Symbol('prom-agent.waiting');
  type Connection = Socket & { [waiting]?: Set<Response> };

  // One listener for each connection: a pipeline may go on for long.
  function watch(socket: Connection): Set<Response> {
    const responses = new Set<Response>();
    socket[waiting] = responses;
    socket.once('close', () => {
      for (const response of responses) onLost(response);
    });
    return responses;
  }

  function keep(response: Response): void {
    const socket: Connection = response.req.socket;
    const responses = socket[waiting] ?? watch(socket);
    responses.add(response);
    response.once('close', () => responses.delete(response));
  }

  return (response) => {
    if (response.socket === null) keep(response);
  };
}
