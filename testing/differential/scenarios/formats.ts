import { openMetrics, type Scenario, text } from '../scenario.js';

const utf8 = (body: string) => ({
  body,
  headers: { 'content-type': 'text/plain; version=1.0.0; escaping=allow-utf-8' },
});
const om = (...lines: readonly string[]) => ({
  body: text(...lines, '# EOF'),
  headers: openMetrics,
});
const dotted = (scrape: number) =>
  utf8(text(`{"a.b","ü.x"="1"} ${scrape}`, 'a_b{u_x="2"} 1', 'a_b{"u.x"="3"} 1'));

/** The second word of the first is no type in text, that of the second none in OpenMetrics. */
const typed = [
  '# TYPE a unknown\na 1\n# EOF\n',
  '# TYPE a untyped\na 1\n# EOF\n',
  'a 1\n# EOF\n',
] as const;

const contentTypes = [
  'text/plain',
  'TEXT/PLAIN; VERSION=0.0.4',
  'text/plain;version=0.0.4 ;  charset=utf-8',
  'text/plain; version=1.0.0',
  'text/plain; version=0.0.1',
  'text/plain; charset="',
  'text/plain, text/html',
  'text',
  '*/*',
  'application/openmetrics-text',
  'application/openmetrics-text; version=0.0.1; charset=utf-8',
  'application/openmetrics-text; version=2.0.0',
  'Application/OpenMetrics-Text; version="1.0.0"',
  'application/vnd.google.protobuf',
  'application/vnd.google.protobuf; proto=other; encoding=delimited',
  'application/json',
];

/** Text that only some readers take for numbers. */
const numbers = ['0x1p3', '1_000', '1e400', '+Inf', 'Infinity', '.5', '5.', '017'];

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
  ...contentTypes.map(
    (type, i): Scenario => ({
      name: `content-type-${i}`,
      answer: (scrape) => ({ body: typed[scrape % 3]!, headers: { 'content-type': type } }),
    }),
  ),
  ...contentTypes.map(
    (type, i): Scenario => ({
      name: `content-type-${i}-or-fallback`,
      job: { fallback_scrape_protocol: 'OpenMetricsText1.0.0' },
      answer: (scrape) => ({ body: typed[scrape % 3]!, headers: { 'content-type': type } }),
    }),
  ),
  { name: 'numbers', answer: (scrape) => text(`a ${numbers[scrape]}`) },
  { name: 'carriage-returns', answer: (scrape) => (scrape % 2 ? 'a 1\r\n' : 'a 1\n') },
  {
    name: 'le-and-quantile',
    answer: () =>
      text(
        '# TYPE h histogram',
        'h_bucket{le="1"} 1',
        'h_bucket{le="5e-1"} 1',
        '# TYPE s summary',
        's{quantile="1"} 1',
      ),
  },
  { name: 'utf-8', answer: dotted },
  {
    name: 'utf-8-legacy',
    job: { metric_name_validation_scheme: 'legacy', metric_name_escaping_scheme: 'underscores' },
    answer: dotted,
  },
  {
    name: 'utf-8-legacy-plain',
    job: { metric_name_validation_scheme: 'legacy', metric_name_escaping_scheme: 'underscores' },
  },
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
