// The recorder alone: nanoseconds and bytes of heap per request, all labels and metrics on.
// Needs --expose-gc.
import { createHttpRecorder } from '@prom-agent/core/http';

const recorder = createHttpRecorder();
const routes = Array.from({ length: 64 }, (_, i) => recorder.route('GET', `/route/${i}/:id`));
const statuses = Uint16Array.of(200, 200, 200, 200, 201, 304, 404, 500);

function requests(count) {
  for (let i = 0; i < count; i++) {
    const request = recorder.begin('GET');
    recorder.addResponseBytes(request, i & 4095);
    recorder.end(request, routes[i & 63], statuses[i & 7], 'sent');
  }
}

function heapGrowth(count) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  requests(count);
  return process.memoryUsage().heapUsed - before;
}

const [count] = process.argv.slice(2).map(Number);
// Until everything is compiled.
for (let i = 0; i < 5; i++) requests(1_000_000);
const bytes = heapGrowth(1_000_000);
const start = process.cpuUsage();
requests(count);
const { user, system } = process.cpuUsage(start);
process.send({ ns: ((user + system) * 1000) / count, bytes });
