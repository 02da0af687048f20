import { type MetricFamily, negotiate, renderExposition } from '@prom-agent/core/exposition';
import type { Scenario, ScenarioAnswer } from '../scenario.js';
import { allFamilies } from './made-families.js';

/** The families in the format and escaping that are asked for. */
export function negotiated(families: readonly MetricFamily[]): ScenarioAnswer {
  return (request, response) => {
    const chosen = negotiate(request.headers.accept);
    response.setHeader('content-type', chosen.contentType);
    response.end(renderExposition(families, chosen));
  };
}

/** An exporter of today. */
function modern(name: string, job: object): Scenario {
  return { name, job, answer: (scrape) => negotiated(allFamilies(scrape)) };
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
  modern('negotiated', {}),
  ...protocols.map((protocol) => modern(protocol, { scrape_protocols: [protocol] })),
  ...['PrometheusProto', 'OpenMetricsText1.0.0', 'PrometheusText1.0.0'].flatMap((protocol) =>
    escapings.map((escaping) =>
      modern(`${protocol}-${escaping}`, {
        scrape_protocols: [protocol],
        metric_name_escaping_scheme: escaping,
      }),
    ),
  ),
  modern('negotiated-legacy', {
    metric_name_validation_scheme: 'legacy',
    metric_name_escaping_scheme: 'underscores',
  }),
  modern('negotiated-with-classic', { always_scrape_classic_histograms: true }),
  modern('negotiated-as-nhcb', { convert_classic_histograms_to_nhcb: true }),
];
