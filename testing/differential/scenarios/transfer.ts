import { gzipSync } from 'node:zlib';
import { textContentType } from '../../exporters/serve-body.js';
import { type Scenario, type ScenarioAnswer, text } from '../scenario.js';

const to = (status: number, location: string): ScenarioAnswer => ({
  body: '',
  status,
  headers: { location },
});

const redirected = (scrape: number) => text(`m ${scrape}`, 'far 1');

function redirecting(status: number): Scenario {
  const name = `redirect-${status}`;
  return { name, redirected, answer: (scrape) => to(status, `/${name}/to/x?scrape=${scrape}`) };
}

export const transferScenarios: readonly Scenario[] = [
  {
    name: 'identity',
    job: { enable_compression: false },
    answer: (scrape) => text(`m ${scrape}`),
  },
  {
    name: 'gzip-unasked',
    job: { enable_compression: false },
    answer: () => ({ body: gzipSync('m 1\n'), headers: { 'content-encoding': 'gzip' } }),
  },
  {
    name: 'gzip-of-many-members',
    answer: (scrape) => ({
      body: Buffer.concat([gzipSync('m 1\nn '), gzipSync(`${scrape}\n`)]),
      headers: { 'content-encoding': 'gzip' },
    }),
  },
  {
    name: 'gzip-in-turns',
    answer: (scrape) =>
      scrape % 2
        ? { body: text(`m ${scrape}`), headers: { 'content-encoding': 'identity' } }
        : text(`m ${scrape}`),
  },
  {
    name: 'unknown-encoding',
    answer: () => ({ body: text('m 1'), headers: { 'content-encoding': 'zstd' } }),
  },
  {
    name: 'chunked',
    answer: (scrape) => (_request, response) => {
      response.setHeader('content-type', textContentType);
      response.write('m ');
      response.write(`${scrape}\n`);
      response.end('n 1\n');
    },
  },
  {
    name: 'closing-connections',
    answer: (scrape) => ({ body: text(`m ${scrape}`), headers: { connection: 'close' } }),
  },
  ...[301, 302, 303, 307, 308].map(redirecting),
  {
    name: 'redirect-not-followed',
    job: { follow_redirects: false },
    redirected,
    answer: (scrape) =>
      scrape === 3 ? text('m 1') : to(302, `/redirect-not-followed/to/x?scrape=${scrape}`),
  },
  {
    name: 'redirect-to-an-error',
    redirected: (scrape) => (scrape % 2 ? { body: '', status: 500 } : text('m 1')),
    answer: (scrape) => to(302, `/redirect-to-an-error/to/x?scrape=${scrape}`),
  },
  {
    name: 'redirect-loop',
    redirected: (scrape) => to(302, `/redirect-loop/to/x?scrape=${scrape}`),
    answer: (scrape) =>
      scrape === 3 ? text('m 1') : to(302, `/redirect-loop/to/x?scrape=${scrape}`),
  },
  {
    name: 'redirect-to-nowhere',
    answer: (scrape) => (scrape === 3 ? text('m 1') : { body: text('m 1'), status: 302 }),
  },
  {
    name: 'redirect-to-another-host',
    redirected,
    answer: (scrape) => (request, response) => {
      const host = request.headers.host === undefined ? '' : otherHost(request.headers.host);
      response.writeHead(302, {
        location: `http://${host}/redirect-to-another-host/to/x?scrape=${scrape}`,
      });
      response.end();
    },
  },
];

/** The same server by another name. */
function otherHost(host: string): string {
  return host.replace('127.0.0.1', 'localhost');
}
