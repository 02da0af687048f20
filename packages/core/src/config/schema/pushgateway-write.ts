import { textOf } from '../scalar-text.js';
import { block } from './block.js';
import { httpClientFields, isHttpUrl } from './http-client.js';
import { duration, flag, leaf, nonEmptyText, oneOf, text } from './leaf.js';
import { groupingMap } from './maps.js';

/** A group's path stands behind it, so nothing else may. */
function gatewayUrl() {
  return leaf('an absolute URL without a query, such as http://pushgateway:9091', (value) => {
    const url = textOf(value);
    return url !== undefined && isHttpUrl(url) && !/[?#]/.test(url) ? url : undefined;
  });
}

export const pushgatewayWriteSchema = block({
  url: gatewayUrl(),
  name: text().optional(),
  source: oneOf(['self', 'targets']).optional(),
  method: oneOf(['PUT', 'POST']).optional(),
  job: nonEmptyText('the job of a group').optional(),
  grouping: groupingMap().optional(),
  interval: duration().optional(),
  ttl: duration().optional(),
  on_close: oneOf(['push', 'delete']).optional(),
  timeout: duration().optional(),
  compression: oneOf(['none', 'gzip']).optional(),
  send_native_histograms: flag().optional(),
  ...httpClientFields,
});
