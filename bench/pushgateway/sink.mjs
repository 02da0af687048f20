// Stands for a Pushgateway that takes everything at once: what the other side costs is not measured.
//   node sink.mjs
import { createServer } from 'node:http';

let pushes = 0;
let bytes = 0;
let connections = 0;
const groups = new Set();

const server = createServer((request, response) => {
  if (request.url === '/stats') {
    response.end(JSON.stringify({ pushes, bytes, connections, groups: groups.size }));
    return;
  }
  groups.add(request.url);
  request.on('data', (chunk) => {
    bytes += chunk.length;
  });
  request.on('end', () => {
    pushes++;
    response.writeHead(200).end();
  });
});
server.on('connection', () => {
  connections++;
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
