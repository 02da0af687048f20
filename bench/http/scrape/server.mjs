// The service, with KIND in it: answers what the path asks for as a status.
import Fastify from 'fastify';
import { HeldLoop } from './held-loop.mjs';
import { kinds, methods, routes } from './kinds.mjs';

const [kind, port] = process.argv.slice(2);
const app = Fastify();
await kinds[kind](app);
for (const url of routes) {
  app.route({
    method: methods,
    url,
    handler: async (request, reply) => {
      reply.code(Number(request.query.status));
      return { hello: 'world' };
    },
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 });

const loop = new HeldLoop();
process.on('message', (question) => {
  if (question === 'watch') loop.start();
  process.send(question === 'holds' ? loop.stop() : 'ready');
});
process.on('disconnect', () => process.exit());
process.send('ready');
