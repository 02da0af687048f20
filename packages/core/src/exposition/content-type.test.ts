import { describe, expect, it } from 'vitest';
import { acceptHeader, formatOf } from './content-type.js';

describe('formatOf', () => {
  it.each([
    ['text/plain', 'text'],
    ['TEXT/Plain; Version=0.0.4', 'text'],
    ['text/plain;', 'text'],
    ['text/plain; charset="utf-8"', 'text'],
    ['text/plain; charset="utf\\"8"; a=b', 'text'],
    ['text/plain; charset=utf-8; charset=utf-8', 'text'],
    ['application/openmetrics-text; version=1.0.0', 'openmetrics'],
    ['application/vnd.google.protobuf; encoding=text', 'protobuf'],
    ['text/plain; charset=utf-8; charset=latin1', undefined],
    ['text/plain; charset', undefined],
    ['text/plain; charset="utf-8', undefined],
    ['text/plain; =x', undefined],
    ['text/plain;; charset=utf-8', undefined],
    ['text/html', undefined],
    ['text', undefined],
    ['text/', undefined],
    ['/plain', undefined],
    ['text/plain/x', undefined],
    ['text /plain', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s: %s', (contentType, format) => {
    expect(formatOf(contentType, undefined)).toBe(format);
    expect(formatOf(contentType, 'PrometheusProto')).toBe(format ?? 'protobuf');
  });
});

describe('acceptHeader', () => {
  it('lists the protocols by preference, anything at last', () => {
    expect(acceptHeader(['OpenMetricsText1.0.0', 'PrometheusText0.0.4'], 'allow-utf-8')).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
        'text/plain;version=0.0.4;q=0.5,*/*;q=0.4',
    );
  });

  it('writes the escaping scheme with the versions that know it', () => {
    const protocols = ['PrometheusProto', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0'] as const;
    expect(acceptHeader(protocols, 'underscores')).toBe(
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
        'application/openmetrics-text;version=0.0.1;q=0.5,' +
        'text/plain;version=1.0.0;escaping=underscores;q=0.4,*/*;q=0.3',
    );
  });
});
