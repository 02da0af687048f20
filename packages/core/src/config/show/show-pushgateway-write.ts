import type { PushgatewayWriteOptions } from '../../outputs/pushgateway/pushgateway-options.js';
import { formatDuration } from '../duration.js';
import { showHttpClient } from './show-http-client.js';
import { compact, type Shown, shownUrl } from './shown-values.js';

/** Its grouping with the external labels that are a part of it. */
export function showPushgatewayWrite(options: PushgatewayWriteOptions): Shown {
  return {
    url: shownUrl(options.url),
    name: options.name,
    source: options.source,
    method: options.method,
    ...compact({ job: options.job, grouping: options.grouping }),
    interval: formatDuration(options.intervalMs),
    ttl: formatDuration(options.ttlMs),
    on_close: options.onClose,
    timeout: formatDuration(options.timeoutMs),
    compression: options.compression,
    send_native_histograms: options.sendNativeHistograms,
    ...showHttpClient(options.http),
  };
}
