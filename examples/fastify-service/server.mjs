import promAgent from '@prom-agent/fastify';
import Fastify from 'fastify';

const { HOST = '127.0.0.1', PORT = '3000', MEMBER = '0', MEMBERS = '1' } = process.env;
const { TARGETS_FILE = `${import.meta.dirname}/targets.json`, REMOTE_WRITE_URL } = process.env;

const app = Fastify({ logger: { level: 'warn' } });

await app.register(promAgent, {
  global: { scrapeIntervalMs: 5000, scrapeTimeoutMs: 3000 },
  scrapeConfigs: [{ jobName: 'siblings', fileSdConfigs: [{ files: [TARGETS_FILE] }] }],
  remoteWrite: REMOTE_WRITE_URL ? [{ url: REMOTE_WRITE_URL }] : [],
  pool: {
    name: 'fleet',
    engine: 'static',
    static: { member: Number(MEMBER), members: Number(MEMBERS) },
  },
});

app.get('/', async () => ({ hello: 'world', try: ['/metrics', '/federate?match[]=up'] }));
app.get('/orders/:id', async (request) => ({ order: request.params.id }));

try {
  await app.listen({ host: HOST, port: Number(PORT) });
} catch (error) {
  app.log.fatal(error.message);
  process.exit(1);
}

// Not before: a server that is closed while it begins to listen goes on listening.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());
