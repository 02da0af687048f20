import type { EscapingScheme } from '../../exposition/content-type.js';
import { escapedName } from '../../exposition/render/escape-name.js';
import type { RenderFormat } from '../../exposition/render/exposition-writer.js';
import { metricNameText } from '../../exposition/render/text-format.js';
import { compareUtf8 } from '../../model/labels.js';
import { BodyChunks } from '../../self/body-chunks.js';
import type { FederationBlock } from './gather.js';

/**
 * Main side of /federate: merges the threads' streams, each sorted by name, into one body; in the text
 * format each name has its TYPE line once. It holds one block per thread and asks for the next
 * only when the reader has taken what came before.
 *
 * A stream that fails fails the whole body: half of the series without a word would be worse.
 */
export async function* mergeFederation(
  streams: readonly AsyncIterable<FederationBlock>[],
  format: RenderFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  const readers = streams.map((stream) => new BlockReader(stream));
  try {
    await Promise.all(readers.map((reader) => reader.advance()));
    const chunks = new BodyChunks();
    for (let name = leastName(readers); name !== undefined; name = leastName(readers)) {
      if (format.format === 'text') chunks.add(typeLine(name, format.escaping));
      for (const reader of readers) {
        while (reader.block?.name === name) {
          chunks.add(reader.block.bytes);
          if (chunks.full) yield chunks.take();
          await reader.advance();
        }
      }
    }
    if (!chunks.empty) yield chunks.take();
  } finally {
    // Whoever stops reading must not leave the threads waiting.
    await Promise.allSettled(readers.map((reader) => reader.close()));
  }
}

function typeLine(name: string, escaping: EscapingScheme): Uint8Array {
  return Buffer.from(`# TYPE ${metricNameText(escapedName(name, escaping))} untyped\n`);
}

class BlockReader {
  /** The block that comes next; undefined at the end. */
  block: FederationBlock | undefined;
  readonly #iterator: AsyncIterator<FederationBlock>;

  constructor(stream: AsyncIterable<FederationBlock>) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  async advance(): Promise<void> {
    const { done, value } = await this.#iterator.next();
    this.block = done ? undefined : value;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function leastName(readers: readonly BlockReader[]): string | undefined {
  let least: string | undefined;
  for (const { block } of readers) {
    if (block !== undefined && (least === undefined || compareUtf8(block.name, least) < 0)) {
      least = block.name;
    }
  }
  return least;
}
