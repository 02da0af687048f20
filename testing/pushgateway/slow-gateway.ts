import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What takes its time: reading the request, the head of the answer, or the rest of it, byte by byte. */
export type Slowness = 'request' | 'head' | 'body';

export interface SlowGateway {
  readonly url: string;
  /** Pushes that were under way at once: in all, and of one group. */
  readonly most: number;
  readonly mostOfAGroup: number;
  /** From now on it answers as fast as what stands behind it. */
  hurry(): void;
  close(): void;
}

const steps = 10;
const byte = Buffer.from('x');

/** A server in front of a real Pushgateway that takes so long for each push. */
export async function startSlowGateway(
  behind: string,
  slowness: Slowness,
  ms: number,
): Promise<SlowGateway> {
  const underWay = new Map<string, number>();
  const seen = { most: 0, mostOfAGroup: 0 };
  let stepMs = ms / steps;
  const wait = async (where: Slowness): Promise<void> => {
    if (where !== slowness) return;
    for (let i = 0; i < steps; i++) if (stepMs > 0) await delay(stepMs);
  };
  const begin = (url: string): (() => void) => {
    const ofGroup = (underWay.get(url) ?? 0) + 1;
    underWay.set(url, ofGroup);
    const all = [...underWay.values()].reduce((sum, count) => sum + count, 0);
    seen.most = Math.max(seen.most, all);
    seen.mostOfAGroup = Math.max(seen.mostOfAGroup, ofGroup);
    let isUnderWay = true;
    return () => {
      if (isUnderWay) underWay.set(url, underWay.get(url)! - 1);
      isUnderWay = false;
    };
  };
  const pass = async (
    request: IncomingMessage,
    response: ServerResponse,
    end: () => void,
  ): Promise<void> => {
    const { method = '', url = '', headers } = request;
    await wait('request');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const encoding = headers['content-encoding'];
    const { status } = await fetch(behind + url, {
      method,
      ...(pieces.length > 0 && { body: Buffer.concat(pieces) }),
      headers: { ...(encoding !== undefined && { 'content-encoding': encoding }) },
    });
    await wait('head');
    response.writeHead(status, { 'content-length': steps });
    for (let i = 1; i < steps; i++) {
      response.write(byte);
      if (slowness === 'body' && stepMs > 0) await delay(stepMs);
    }
    // With its last byte the next push may begin.
    end();
    response.end(byte);
  };
  const server = createServer((request, response) => {
    const end = begin(request.url ?? '');
    response.once('close', end);
    pass(request, response, end).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get most() {
      return seen.most;
    },
    get mostOfAGroup() {
      return seen.mostOfAGroup;
    },
    hurry() {
      stepMs = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
