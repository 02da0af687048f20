// Takes remote_write 1.0 and counts the samples of the huge exporter by their time, without decoding
// their labels: it must not take the cores from what is measured. GET /counts: by timestamp, how many
// came, and when the last of them did.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// snappyjs is CommonJS.
const { uncompress } = createRequire(import.meta.url)('snappyjs');
/** Where in a series its metric's name begins: behind the tags and lengths of `__name__`. */
const nameAt = 14;
const prefix = Buffer.from('huge_');
const timestampBytes = 6;
/** @type {Map<number, { samples: number, lastMs: number }>} */
const counts = new Map();
let others = 0;

function varint(bytes, at) {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++) {
    value += (bytes[i] & 0x7f) * scale;
    if (bytes[i] < 0x80) return { value, end: i + 1 };
    scale *= 128;
  }
}

function count(compressed) {
  const bytes = uncompress(compressed, 32 << 20);
  const nowMs = Date.now();
  for (let at = 0; at < bytes.length; ) {
    const length = varint(bytes, at + 1);
    const end = length.end + length.value;
    if (isHuge(bytes, length.end + nameAt)) {
      const { value: timestampMs } = varint(bytes, end - timestampBytes);
      const counted = counts.get(timestampMs) ?? { samples: 0, lastMs: 0 };
      counted.samples++;
      counted.lastMs = nowMs;
      counts.set(timestampMs, counted);
    } else others++;
    at = end;
  }
}

function isHuge(bytes, at) {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

const server = createServer((request, response) => {
  if (request.url === '/counts') {
    response.end(JSON.stringify({ huge: [...counts], others }));
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    count(Buffer.concat(chunks));
    response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
