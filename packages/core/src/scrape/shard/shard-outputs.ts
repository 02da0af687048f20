import { isDeepStrictEqual } from 'node:util';
import type { KafkaWriteOptions } from '../../outputs/kafka/kafka-options.js';
import type { Output } from '../../outputs/output.js';
import type { PushgatewayWriteOptions } from '../../outputs/pushgateway/pushgateway-options.js';
import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import type { OutputSettings } from '../messages.js';

/** Of any kind. */
export type OutputOptions = RemoteWriteOptions | KafkaWriteOptions | PushgatewayWriteOptions;

/** How long an output that the configuration no longer has may take to send what it holds. */
const removedDeadlineMs = 10_000;

/**
 * The outputs of a shard. A reload changes them: those that are configured as before keep their
 * queue and their sockets.
 */
export class ShardOutputs {
  /** Those in use, in the order of the configuration; changes in place. */
  readonly list: Output[] = [];
  readonly #create: (options: OutputOptions) => Output;
  #configured: readonly OutputOptions[] = [];
  readonly #closing = new Set<Promise<void>>();

  constructor(create: (options: OutputOptions) => Output) {
    this.#create = create;
  }

  /** Two blocks that say the same are two outputs. */
  configure(wanted: readonly OutputOptions[]): void {
    const last = this.#configured.map((options, i) => ({ options, output: this.list[i]! }));
    const next = wanted.map((options) => {
      const at = last.findIndex((one) => isDeepStrictEqual(one.options, options));
      return at < 0 ? this.#create(options) : last.splice(at, 1)[0]!.output;
    });
    this.list.splice(0, this.list.length, ...next);
    this.#configured = wanted;
    for (const { output } of last) this.#close(output);
  }

  /** Closes those in use, and waits for those that were removed. */
  async close(deadlineMs: number): Promise<void> {
    await Promise.all([...this.list.map((output) => output.close(deadlineMs)), ...this.#closing]);
  }

  #close(output: Output): void {
    const closed = output.close(removedDeadlineMs).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** The blocks of all outputs. */
export function outputsIn({
  remoteWrites,
  kafkaWrites = [],
  pushgatewayWrites = [],
}: OutputSettings): OutputOptions[] {
  return [...remoteWrites, ...kafkaWrites, ...pushgatewayWrites];
}
