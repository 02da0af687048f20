// `npm start`: installs, builds and runs the example fleet until Ctrl-C. PORT=p moves it to p, p+1
// and p+2.
import { bootstrap } from './bootstrap.mjs';
import { Fleet } from './fleet/fleet.mjs';
import { readPorts } from './fleet/ports.mjs';

// A terminal sends Ctrl-C to the whole process group, and npm forwards it once more.
const echoMs = 1000;

async function main() {
  const stop = listenForStop();
  let fleet;
  try {
    const ports = readPorts(process.env.PORT);
    await bootstrap('start', stop.signal);
    fleet = new Fleet(print);
    stop.onImpatience = () => fleet.killAll();
    await Promise.race([fleet.start(ports), stop.asked]);
    const end = await Promise.race([fleet.unexpectedEnd, stop.asked]);
    if (end !== undefined) throw new Error(end);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    process.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    if (stop.signal.aborted) print('stopping');
    await fleet?.stop();
  }
}

/**
 * SIGINT, SIGTERM and a closed terminal all ask for a stop. It ends with exit code 0, as Prometheus,
 * its exporters and Redis do: Ctrl-C is how this command is meant to end, and with 130 npm would
 * report a failed script. Another signal, later than an echo, kills what has not ended yet.
 */
function listenForStop() {
  const controller = new AbortController();
  const stop = { signal: controller.signal, asked: undefined, onImpatience: undefined };
  stop.asked = new Promise((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(undefined));
  });
  let firstAt;
  const onSignal = () => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt > echoMs) stop.onImpatience?.();
    firstAt ??= now;
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  // `npm start | head`: nobody reads any more.
  process.stdout.on('error', onSignal);
  return stop;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
