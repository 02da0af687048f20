import promAgent from '@prom-agent/express';
import express from 'express';

const { HOST = '127.0.0.1', PORT = '3001', MEMBER = '0', MEMBERS = '1' } = process.env;
const { TARGETS_FILE = `${import.meta.dirname}/targets.json`, REMOTE_WRITE_URL } = process.env;

const agent = promAgent({
  global: { scrapeIntervalMs: 5000, scrapeTimeoutMs: 3000 },
  scrapeConfigs: [{ jobName: 'siblings', fileSdConfigs: [{ files: [TARGETS_FILE] }] }],
  remoteWrite: REMOTE_WRITE_URL ? [{ url: REMOTE_WRITE_URL }] : [],
  pool: {
    name: 'fleet',
    engine: 'static',
    static: { member: Number(MEMBER), members: Number(MEMBERS) },
  },
  agent: { self: { instance: `${HOST}:${PORT}` } },
});

const app = express();
app.use(agent);
app.get('/', (_request, response) => {
  response.json({ hello: 'world', try: ['/metrics', '/federate?match[]=up'] });
});
app.get('/orders/:id', (request, response) => {
  response.json({ order: request.params.id });
});

const server = app.listen(Number(PORT), HOST, (error) => {
  if (error === undefined) return;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

async function stop() {
  server.close();
  await agent.close();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
