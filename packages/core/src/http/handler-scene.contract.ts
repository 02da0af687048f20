import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import type { Agent } from '../agent-api.js';
import { NodeHandler, type NodeHandlerOptions } from './node-handler.js';

/** A service of `node:http` with an agent. */
export interface HandlerScene {
  readonly server: Server;
  readonly port: number;
  readonly registry: Registry;
  readonly handler: NodeHandler;
}

type Answer = (request: IncomingMessage, response: ServerResponse, handler: NodeHandler) => void;

const closings: (() => Promise<void>)[] = [];

/** `answer`: what the service does with requests that are not for the agent. */
export async function handlerScene(
  makeAgent: (registry: Registry) => Promise<Agent>,
  options: NodeHandlerOptions,
  answer: Answer,
): Promise<HandlerScene> {
  const registry = new Registry();
  const agent = await makeAgent(registry);
  const handler = new NodeHandler(agent, options);
  const server = createServer((request, response) => {
    if (!handler.handle(request, response)) answer(request, response, handler);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(async () => {
    server.closeAllConnections();
    server.close();
    handler.close();
    await agent.close();
  });
  return { server, port: (server.address() as AddressInfo).port, registry, handler };
}

/** For afterEach. */
export async function closeHandlerScenes(): Promise<void> {
  for (const close of closings.splice(0)) await close();
}
