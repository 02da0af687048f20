import type { EscapingScheme } from '../exposition/content-type.js';
import { type RenderFormat, renderExposition } from '../exposition/render/exposition-writer.js';
import type { MetricFamily } from '../model/metric-family.js';
import type { PushBody } from '../outputs/pushgateway/client/push-request.js';
import { hasNativeHistograms } from '../self/has-native-histograms.js';
import type { RegistryLike } from '../self/registry.js';
import { renderRegistry } from '../self/render-registry.js';

export interface RegistryBodyOptions {
  /** A metric whose `collect` fails or takes longer is missing. */
  readonly collectTimeoutMs: number;
  /** Whether the gateway may have them. */
  readonly nativeHistograms: boolean;
  /** Of names beyond the classic ones. */
  readonly escaping: EscapingScheme;
}

/**
 * Families of the pusher's own and all of a registry, as one body: in protobuf where the text format
 * would lose native histograms.
 */
export async function registryBody(
  families: readonly MetricFamily[],
  registry: RegistryLike | undefined,
  { collectTimeoutMs, nativeHistograms, escaping }: RegistryBodyOptions,
): Promise<PushBody> {
  const isNative = nativeHistograms && registry !== undefined && hasNativeHistograms(registry);
  const format = isNative ? 'protobuf' : 'text';
  const render: RenderFormat = { format, escaping };
  const pieces = [renderExposition(families, render)];
  if (registry !== undefined) {
    const walk = renderRegistry(registry, { format: render, collectTimeoutMs });
    for (let piece = await walk.next(); piece !== undefined; piece = await walk.next()) {
      pieces.push(piece);
    }
  }
  return { bytes: Buffer.concat(pieces), format };
}
