// Requests at a fixed rate, whatever the answers do: RATE a second to URL over 20 connections.
import { Pool } from 'undici';

const [url, rate] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: 20 });
const perTick = Number(rate) / 100;
let owed = 0;
let latenciesMs = [];

function send() {
  const start = performance.now();
  pool
    .request({ path: pathname, method: 'GET' })
    .then(({ body }) => body.dump())
    .then(() => latenciesMs.push(performance.now() - start));
}

setInterval(() => {
  owed += perTick;
  for (; owed >= 1; owed--) send();
}, 10);

process.on('message', () => {
  const sorted = latenciesMs.sort((a, b) => a - b);
  latenciesMs = [];
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  process.send({ count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) });
});
process.send('ready');
process.on('disconnect', () => process.exit());
