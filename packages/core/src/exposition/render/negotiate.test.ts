import { describe, expect, it } from 'vitest';
import { acceptHeader, type ScrapeProtocol } from '../content-type.js';
import { negotiate } from './negotiate.js';

const protobuf = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily';

const headers: [accept: string | undefined, contentType: string][] = [
  [undefined, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  ['', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  ['*/*', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  ['text/html,*/*;q=0.8', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  [
    'application/openmetrics-text',
    'application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores',
  ],
  [
    'text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.6',
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
  ],
  [
    'application/openmetrics-text;version=1.0.0;q=0',
    'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  ],
  [
    'application/openmetrics-text;version=3.0.0;escaping=dots,text/plain;q=0.1',
    'text/plain; version=0.0.4; charset=utf-8; escaping=dots',
  ],
  ['text/plain;escaping=no', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  [`${protobuf};encoding=delimited`, `${protobuf}; encoding=delimited; escaping=underscores`],
  [`${protobuf};encoding=text`, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  [
    'application/vnd.google.protobuf',
    'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  ],
  [';;q=1,=,text/plain;=;q', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
];

describe('negotiate', () => {
  it.each(headers)('%s', (accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType);
  });

  it.each([
    ['PrometheusProto', 'protobuf', 'underscores'],
    ['PrometheusText0.0.4', 'text', 'underscores'],
    ['PrometheusText1.0.0', 'text', 'allow-utf-8'],
    ['OpenMetricsText0.0.1', 'openmetrics', 'underscores'],
    ['OpenMetricsText1.0.0', 'openmetrics', 'allow-utf-8'],
  ] as [ScrapeProtocol, string, string][])(
    'gives our own scraper %s',
    (protocol, format, escaping) => {
      expect(negotiate(acceptHeader([protocol], 'allow-utf-8'))).toMatchObject({
        format,
        escaping,
      });
    },
  );
});
