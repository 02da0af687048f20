import { NativeHistogram } from './native-histogram/native-histogram.js';
import type { RegistryLike } from './registry.js';

/** Whether the text format would leave something out of it. */
export function hasNativeHistograms(registry: RegistryLike): boolean {
  return registry.getMetricsAsArray().some((metric) => metric instanceof NativeHistogram);
}
