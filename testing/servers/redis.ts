import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';
import { type ExporterServer, startExporterProcess } from './node-exporter.js';
import { type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly process: RunningProcess;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real Redis on 127.0.0.1 that saves nothing. */
export async function startRedis(flags: readonly string[] = []): Promise<RedisServer> {
  const folder = await tempFolder('redis');
  const port = await freePort();
  const running = await startProcess({
    command: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', ...flags],
    cwd: folder.path,
    ready: () => answersPing(port),
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    process: running,
    async stop() {
      await running.stop();
      await folder.remove();
    },
  };
}

async function answersPing(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    socket.end('PING\r\n');
    const [reply] = (await once(socket, 'data', { signal: AbortSignal.timeout(1_000) })) as [
      Buffer,
    ];
    return reply.toString('latin1').startsWith('+PONG');
  } finally {
    socket.destroy();
  }
}

/** A real redis_exporter beside a Redis. */
export async function startRedisExporter(redis: RedisServer): Promise<ExporterServer> {
  const address = `127.0.0.1:${await freePort()}`;
  return startExporterProcess('redis_exporter', address, [
    `--redis.addr=${redis.url}`,
    `--web.listen-address=${address}`,
  ]);
}
