import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What all servers of the matrix do alike: handlers that write to Node.js' own response. */
export class AppRoutes extends EventEmitter<{ entered: [] }> {
  /** Never answers. */
  slow(): void {
    this.emit('entered');
  }

  /** Begins and never ends. */
  endless(_: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event');
  }

  /** 300 bytes in three turns. */
  async stream(_: IncomingMessage, response: ServerResponse): Promise<void> {
    for (let i = 0; i < 3; i++) {
      response.write('x'.repeat(100));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    response.end();
  }

  /** Three events of 8 bytes, long after the headers. */
  events(_: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    inFiveMs(() => {
      for (let i = 0; i < 3; i++) response.write(`data: ${i}\n`.padEnd(8));
      response.end();
    });
  }

  /** Headers alone, and no length of the body that is not there. */
  empty(_: IncomingMessage, response: ServerResponse): void {
    response.writeHead(302, { location: '/' });
    inFiveMs(() => response.end());
  }

  echo(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      this.emit('entered');
    });
    request.on('end', () => response.end(Buffer.concat(chunks)));
    request.on('error', () => {});
  }

  /** A WebSocket server's handshake, then it says what it hears. */
  upgrade(request: IncomingMessage, socket: Duplex): void {
    const key = request.headers['sec-websocket-key'] ?? '';
    // RFC 6455, 1.3.
    const accept = createHash('sha1')
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
    socket.on('data', (chunk) => socket.write(chunk as Buffer));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
  }
}

/** No sooner than that: a timer counts from the beginning of the turn it is set in. */
function inFiveMs(act: () => void): void {
  const dueMs = performance.now() + 5;
  const timer = setInterval(() => {
    if (performance.now() < dueMs) return;
    clearInterval(timer);
    act();
  }, 1);
}
