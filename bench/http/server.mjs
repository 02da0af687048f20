// One of the servers that are compared: KIND says the framework and what is in it. Serves four routes
// and, where something counts, /metrics; tells its processor time on demand.
import { promApp } from './kinds.mjs';

const [kind, port] = process.argv.slice(2);
await promApp(kind, Number(port));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuUs: user + system });
});
process.on('disconnect', () => process.exit());
process.send('ready');
