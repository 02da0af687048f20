import { gzipSync } from 'node:zlib';
import {
  brokenChunks,
  falseGzip,
  halfBody,
  hangsBeforeHeaders,
  hangsMidBody,
  noContentType,
  serverError,
  truncatedGzip,
  webPage,
} from '../../exporters/hostile.js';
import { openMetrics, type Scenario, type ScenarioAnswer, text } from '../scenario.js';

/** Good scrapes and bad ones, in turns and in a row; a series that goes beside a failure. */
function failing(name: string, bad: ScenarioAnswer, job: object = {}): Scenario {
  return {
    name,
    job,
    answer: (scrape) =>
      [1, 4, 5].includes(scrape) ? bad : text(`m ${scrape}`, ...(scrape < 6 ? ['n 1'] : [])),
  };
}

const text004 = { fallback_scrape_protocol: 'PrometheusText0.0.4' };
const typed = (type: string) => ({ body: text('m 5', 'p 1'), headers: { 'content-type': type } });
const good = text('m 7', 'p 1');

export const failureScenarios: readonly Scenario[] = [
  { name: 'refused-connection', job: ({ nobody }) => at(nobody, 'refused-connection') },
  failing('answers-500', serverError),
  failing('answers-204', { body: '', status: 204 }),
  failing('answers-206', { body: good, status: 206 }),
  failing('answers-404', { body: good, status: 404 }),
  failing('hangs', hangsBeforeHeaders),
  failing('hangs-in-the-body', hangsMidBody),
  failing('half-body', halfBody),
  failing('broken-chunks', brokenChunks),
  failing('half-gzip', truncatedGzip),
  failing('no-gzip', falseGzip),
  failing('gzip-of-nothing', { body: gzipSync(''), headers: { 'content-encoding': 'gzip' } }),
  failing('web-page', webPage),
  failing('no-content-type', noContentType),
  failing('no-content-type-with-fallback', noContentType, text004),
  failing('web-page-with-fallback', webPage, text004),
  failing('unknown-type-with-fallback', typed('application/json'), text004),
  failing('unknown-type', typed('application/json')),
  failing('broken-type', typed('text/plain; version="1'), text004),
  failing('broken-type-without-fallback', typed('text/plain; version="1')),
  failing('unknown-version', typed('text/plain; version=9.9.9')),
  failing('text-as-openmetrics', { body: text('m 1'), headers: openMetrics }),
  failing('openmetrics-as-fallback', noContentType, {
    fallback_scrape_protocol: 'OpenMetricsText1.0.0',
  }),
  failing('protobuf-as-fallback', noContentType, { fallback_scrape_protocol: 'PrometheusProto' }),
  failing('syntax-error-at-the-start', text('m{ 1', 'n 1')),
  failing('syntax-error-in-the-middle', text('m 1', 'p 1', 'm{ 1', 'n 1')),
  failing('syntax-error-at-the-end', 'm 1\nn 1\np 1\nx'),
  failing('label-twice', text('m 1', 'p{a="1",a="2"} 1', 'n 1')),
  failing('no-newline-at-the-end', 'm 1\nn 1'),
  {
    name: 'slow',
    answer: (scrape) => (_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.write(`m ${scrape}\n`);
      setTimeout(() => response.end('n 1\n'), 300);
    },
  },
];

function at(address: string, scenario: string): object {
  return { static_configs: [{ targets: [address], labels: { scenario } }] };
}
