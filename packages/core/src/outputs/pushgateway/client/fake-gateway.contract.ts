import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A loopback server in the place of a Pushgateway that answers what a test wants. */
export interface FakeGateway {
  readonly url: string;
  readonly requests: GatewayRequest[];
  /** Connections it has taken. */
  readonly connections: number;
  /** Default: 200. Undefined: no answer at all. */
  answer: (request: GatewayRequest) => GatewayAnswer | undefined;
  close(this: void): Promise<void>;
}

export async function startFakeGateway(): Promise<FakeGateway> {
  const requests: GatewayRequest[] = [];
  let connections = 0;
  const server = createServer(async (message, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of message) pieces.push(piece as Buffer);
    const { method = '', url: path = '', headers } = message;
    const request = { method, path, headers, body: Buffer.concat(pieces) };
    requests.push(request);
    const answer = fake.answer(request);
    if (answer === undefined) return;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.on('connection', () => {
    connections++;
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const fake: FakeGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    answer: () => ({ status: 200 }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}
