import { openMetrics, type Scenario, text } from '../scenario.js';

const utf8 = (body: string) => ({
  body,
  headers: { 'content-type': 'text/plain; version=1.0.0; escaping=allow-utf-8' },
});
const om = (...lines: readonly string[]) => ({ body: text(...lines, '# EOF'), headers: openMetrics });
const dotted = (scrape: number) => utf8(text(`{"a.b","ü.x"="1"} ${scrape}`, `a_b{ü_x="2"} 1`.replace('ü', 'u')));

export const formatScenarios: readonly Scenario[] = [
  {
    name: 'openmetrics',
    answer: (scrape, startMs) => {
      const created = startMs / 1000 - 5;
      return om(
        '# TYPE requests counter',
        '# UNIT requests_seconds seconds',
        '# HELP requests All.',
        `requests_total{a="b"} ${scrape} # {trace_id="x"} 0.5 ${startMs / 1000}`,
        `requests_created{a="b"} ${created}`,
        '# TYPE build info',
        'build_info{version="1"} 1',
        '# TYPE state stateset',
        'state{state="on"} 1',
        'state{state="off"} 0',
        '# TYPE took histogram',
        'took_bucket{le="0.1"} 1 # {id="1"} 0.05',
        'took_bucket{le="1.0"} 2',
        'took_bucket{le="+Inf"} 3',
        'took_count 3',
        'took_sum 4.5',
        `took_created ${created}`,
        '# TYPE sized summary',
        'sized{quantile="0.5"} 1',
        'sized_count 2',
        'sized_sum 3',
        '# TYPE queue gaugehistogram',
        'queue_bucket{le="1"} 4',
        'queue_bucket{le="+Inf"} 5',
        'queue_gcount 5',
        'queue_gsum 6',
      );
    },
  },
  {
    name: 'openmetrics-timestamps',
    answer: (scrape, startMs) =>
      om('# TYPE a gauge', `a ${scrape} ${startMs / 1000 + scrape / 100}`, 'b 1'),
  },
  {
    name: 'openmetrics-without-eof',
    answer: (scrape) =>
      scrape === 2 ? { body: text('a 1'), headers: openMetrics } : om(`a ${scrape}`),
  },
  { name: 'le-and-quantile', answer: () => text('# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_bucket{le="5e-1"} 1', '# TYPE s summary', 's{quantile="1"} 1') },
  { name: 'utf-8', answer: dotted },
  { name: 'utf-8-legacy', job: { metric_name_validation_scheme: 'legacy', metric_name_escaping_scheme: 'underscores' }, answer: dotted },
  { name: 'utf-8-legacy-plain', job: { metric_name_validation_scheme: 'legacy', metric_name_escaping_scheme: 'underscores' } },
  ...['allow-utf-8', 'underscores', 'dots', 'values'].map(
    (scheme): Scenario => ({
      name: `utf-8-${scheme}`,
      job: { metric_name_escaping_scheme: scheme },
      answer: dotted,
    }),
  ),
  {
    name: 'utf-8-relabelled',
    job: {
      metric_relabel_configs: [
        { source_labels: ['__name__'], regex: 'a.b', target_label: 'näme', replacement: 'x' },
      ],
    },
    answer: dotted,
  },
  {
    name: 'legacy-relabelled-to-utf-8',
    job: {
      metric_name_validation_scheme: 'legacy',
      metric_name_escaping_scheme: 'underscores',
      metric_relabel_configs: [
        { source_labels: ['name'], regex: '(.+)', target_label: '__name__', replacement: '$1' },
      ],
    },
    answer: (scrape) => text('m 1', ['n{name="good"} 1', 'n{name="not.good"} 1'][scrape % 2]!),
  },
];
