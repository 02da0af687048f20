import { hostname } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../../clock.js';
import { messageOf, PromAgentError } from '../../errors.js';
import { FederationServer } from '../../http/federate/federation-server.js';
import { FileTexts } from '../../http-client/file-texts.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import { SharedTurns } from '../../http-client/shared-turns.js';
import type { Logger } from '../../logger.js';
import type { Output } from '../../outputs/output.js';
import type { QueueStore } from '../../outputs/queue/queue-options.js';
import { RemoteWrite } from '../../outputs/remote-write/remote-write.js';
import type { FromShard, ShardBoot, ToShard } from '../messages.js';
import { RemoteResolver } from '../threads/remote-resolver.js';
import { Inbox } from './inbox.js';
import {
  createKafkaWrite,
  createPushgatewayWrite,
  findRegistryPushes,
  loadOutputs,
} from './late-outputs.js';
import { Shard } from './shard.js';
import { type OutputOptions, outputsIn, ShardOutputs } from './shard-outputs.js';

/** Share of a thread's memory that the queue of one output may fill. */
const queueShare = 0.25;
const memoryAlone = 'the queue of an output is in memory alone: a crash loses what waits in it';

/** Starts a shard at the end of a port: in a scrape thread, or inline where `threads` is 0. */
export async function startShard(
  port: MessagePort,
  boot: ShardBoot,
  thread: number,
  clock: Clock,
  busy: SharedArrayBuffer,
): Promise<void> {
  await loadOutputs(boot);
  const post = (message: FromShard, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const logger = portLogger(post);
  const resolver = new RemoteResolver((hostname) => post({ type: 'lookup', hostname }));
  const http: HttpClientDeps = {
    clock,
    files: new FileTexts(clock, new SharedTurns(boot.fileLock, clock)),
    lookup: resolver.lookup,
    userAgent: boot.userAgent,
    allowLinkLocalRedirects: boot.allowLinkLocalRedirects,
  };
  const parts = {
    clock,
    logger,
    http,
    queueBytes: Math.floor(boot.threadMemoryBytes * queueShare),
  };
  const { queue, agentId } = boot;
  const { turns } = http.files;
  const queueStore = queue && { options: queue, agent: agentId, thread, turns };
  const source = { owner: `${hostname()}-${agentId}`, epoch: 0, lane: String(thread), replica: 0 };
  const create = (options: OutputOptions, store: QueueStore | undefined): Output => {
    if ('brokers' in options) {
      return createKafkaWrite(options, { ...parts, source, queueStore: store });
    }
    if (!('source' in options)) return new RemoteWrite(options, { ...parts, queueStore: store });
    // Of the own registry the first thread alone has bodies, and so groups.
    const hasGroups = queue !== undefined && (options.source === 'targets' || thread === 0);
    const ledgerStore = hasGroups ? { path: queue.path, agent: agentId, thread } : undefined;
    return createPushgatewayWrite(options, { ...parts, ledgerStore });
  };
  const outputs = new ShardOutputs((options) => {
    try {
      return create(options, queueStore);
    } catch (error) {
      // The start of the agent has looked at the directory: it was lost since.
      if (!PromAgentError.is(error) || error.code !== 'QUEUE_UNUSABLE') throw error;
      logger.error({ output: options.name, error: error.message }, memoryAlone);
      return create(options, undefined);
    }
  });
  outputs.configure(outputsIn(boot));
  const shard = new Shard({ boot, clock, outputs, resolver, http, busy, post });
  const federation = new FederationServer({
    batches: () => shard.lastBatches(),
    externalLabels: () => shard.externalLabels,
    clock,
    post,
  });

  const close = async (deadlineMs: number): Promise<void> => {
    federation.close();
    await shard.close(deadlineMs);
    post({ type: 'closed' });
    port.close();
  };

  const take = (message: ToShard): void => {
    if (message.type === 'close') {
      close(message.deadlineMs).catch((error: unknown) => {
        logger.error({ error: messageOf(error) }, 'scrape thread did not close cleanly');
        port.close();
      });
    } else if (
      message.type === 'federate' ||
      message.type === 'federate-next' ||
      message.type === 'federate-cancel'
    ) {
      federation.handle(message);
    } else if (message.type === 'pushed-registry') {
      const { output, ...pushed } = message;
      findRegistryPushes(outputs.list, output)?.take(pushed);
    } else shard.handle(message);
  };
  const inbox = new Inbox<ToShard>(
    (message) => (message.type === 'outputs' ? loadOutputs(message.outputs) : undefined),
    take,
    (error) => logger.error({ error: messageOf(error) }, 'an output could not be loaded'),
  );
  port.on('message', (message: ToShard) => inbox.receive(message));
  post({ type: 'ready' });
}

/** Threads do not log: their lines go to the host's logger. */
function portLogger(post: (message: FromShard) => void): Logger {
  const at =
    (level: keyof Logger) =>
    (fields: object, message: string): void =>
      post({ type: 'log', level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
