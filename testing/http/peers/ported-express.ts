import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { PromAgentOptions } from '@prom-agent/express';
import expressAgent from '@prom-agent/express';
import express, { type RequestHandler } from 'express';
import { shownSeries } from './shown-series.js';

/** The routes that the examples speak of, behind a middleware; and what they are asked. */
function appWith(middleware: RequestHandler): express.Express {
  const app = express();
  app.set('env', 'test');
  app.use(middleware);
  const answer: RequestHandler = (_, response) => void response.send('answer');
  for (const path of ['/hello', '/foo', '/foo/bar', '/users/:id', '/customer/:name', '/docs/:page'])
    app.get(path, answer);
  app.get('/:name/order-list', answer);
  app.post('/orders', answer);
  app.get('/throws', () => {
    throw new Error('thrown');
  });
  const onError: express.ErrorRequestHandler = (_, __, response, ___) =>
    void response.status(500).send('failed');
  app.use(onError);
  return app;
}

const asked = ['/hello', '/foo', '/foo/bar', '/users/17', '/customer/johnbobson', '/docs/login'];

/** What the middleware shows at `path` after the app has answered. */
async function shown(middleware: RequestHandler, path: string): Promise<string[]> {
  const server = appWith(middleware).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (of: string, init?: RequestInit) =>
    (await fetch(`${url}${of}`, { headers: { customer: 'c1' }, ...init })).text();
  for (const of of [...asked, '/bobjohnson/order-list', '/throws']) await ask(of);
  await ask('/orders', { method: 'POST' });
  await ask('/users/17', { method: 'HEAD' });
  const text = await ask(path);
  server.closeAllConnections();
  server.close();
  return shownSeries(text);
}

export function shownByPeer(middleware: RequestHandler, path = '/metrics'): Promise<string[]> {
  return shown(middleware, path);
}

export async function shownByAgent(options: PromAgentOptions): Promise<string[]> {
  const agent = expressAgent({ agent: { threads: 0 }, ...options });
  try {
    await agent.ready();
    const { endpoint } = options;
    return await shown(agent, typeof endpoint === 'string' ? endpoint : '/metrics');
  } finally {
    await agent.close();
  }
}
