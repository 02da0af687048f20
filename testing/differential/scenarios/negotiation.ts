import { negotiate, renderExposition } from '@prom-agent/core/exposition';
import type { Scenario } from '../scenario.js';
import { allFamilies } from './made-families.js';

/** An exporter that knows all formats and escapings gives what it is asked for. */
function negotiated(name: string, job: object): Scenario {
  return {
    name,
    job,
    answer: (scrape) => (request, response) => {
      const chosen = negotiate(request.headers.accept);
      response.setHeader('content-type', chosen.contentType);
      response.end(renderExposition(allFamilies(scrape), chosen));
    },
  };
}

const protocols = [
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
];

const escapings = ['allow-utf-8', 'underscores', 'dots', 'values'];

export const negotiationScenarios: readonly Scenario[] = [
  negotiated('negotiated', {}),
  ...protocols.map((protocol) => negotiated(protocol, { scrape_protocols: [protocol] })),
  ...['PrometheusProto', 'OpenMetricsText1.0.0', 'PrometheusText1.0.0'].flatMap((protocol) =>
    escapings.map((escaping) =>
      negotiated(`${protocol}-${escaping}`, {
        scrape_protocols: [protocol],
        metric_name_escaping_scheme: escaping,
      }),
    ),
  ),
  negotiated('negotiated-legacy', {
    metric_name_validation_scheme: 'legacy',
    metric_name_escaping_scheme: 'underscores',
  }),
  negotiated('negotiated-with-classic', { always_scrape_classic_histograms: true }),
  negotiated('negotiated-as-nhcb', { convert_classic_histograms_to_nhcb: true }),
];
