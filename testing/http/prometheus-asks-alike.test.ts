import { writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Certificates,
  hasOpenssl,
  makeCertificates,
} from '../../packages/core/src/http-client/certificates.contract.js';
import { ProxyServer } from '../../packages/core/src/http-client/proxy-server.contract.js';
import { startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { tempFolder } from '../servers/temp-folder.js';
import { startWorker } from '../servers/worker.js';

/** What was asked, without what names the asker. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * Without the asker's name, the address a redirect came from (prom-agent does not tell it) and the
 * connection's own header, whose only value here is HTTP/1.1's default.
 */
function comparable(all: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'user-agent': _agent, referer: _referer, connection: _connection, ...headers } = all;
  return headers;
}

type Asker = 'prometheus' | 'prom-agent';

const jobs = (files: Record<string, string>, proxy: string, token: string) => ({
  plain: { params: { a: ['b c', 'd&e'], z: ['ü'] } },
  uncompressed: { enable_compression: false },
  protocols: { scrape_protocols: ['PrometheusText0.0.4', 'OpenMetricsText1.0.0'] },
  escaped: { metric_name_escaping_scheme: 'underscores' },
  basic: { basic_auth: { username: 'ü:ser', password: 'p@ss wörd' } },
  'basic-without-password': { basic_auth: { username: 'user' } },
  'basic-of-files': {
    basic_auth: { username_file: files['name'], password_file: files['secret'] },
  },
  'basic-of-nothing': { basic_auth: {} },
  bearer: { authorization: { credentials: 'token' } },
  'bearer-beyond-ascii': { authorization: { credentials: 'tökén →' } },
  'own-type': { authorization: { type: 'Own', credentials_file: files['secret'] } },
  'type-alone': { authorization: { type: 'Alone' } },
  'old-bearer': { bearer_token: 'old' },
  'old-bearer-file': { bearer_token_file: files['secret'] },
  oauth2: {
    oauth2: {
      client_id: 'an id',
      client_secret: "s'ecret+/(!)",
      token_url: `${token}/token/oauth2`,
      scopes: ['a', 'b c'],
      endpoint_params: { audience: 'x/y ~*', grant: 'ü' },
    },
  },
  'oauth2-in-the-form': {
    oauth2: {
      client_id: 'an id',
      client_secret_file: files['secret'],
      token_url: `${token}/token-in-form/oauth2-in-the-form`,
    },
  },
  headers: {
    http_headers: {
      'X-One': { values: ['a'] },
      'x-many': { values: ['b', 'c'], secrets: ['d'], files: [files['secret']] },
      Accept: { values: ['more'] },
      'X-Words': { values: ['grüße → 😀'] },
    },
  },
  proxied: { proxy_url: `http://us%40er:p%25w@${proxy}`, proxy_connect_header: { 'X-C': ['no'] } },
  'around-the-proxy': { proxy_url: `http://${proxy}`, no_proxy: 'example.com' },
  redirected: { metrics_path: '/redirect/redirected' },
  'not-redirected': { metrics_path: '/redirect/not-redirected', follow_redirects: false },
});

const overTls = (files: Record<string, string>, proxy: string) => ({
  trusted: { tls_config: { ca_file: files['ca'] } },
  'client-certificate': {
    tls_config: { ca_file: files['ca'], cert_file: files['cert'], key_file: files['key'] },
  },
  'not-verified': { tls_config: { insecure_skip_verify: true, server_name: 'other.test' } },
  tunnelled: {
    tls_config: { ca_file: files['ca'] },
    proxy_url: `http://us%40er:p%25w@${proxy}`,
    proxy_connect_header: { 'X-C': ['a', 'b'] },
  },
});

describe.skipIf(requireServer('prometheus') || !hasOpenssl())(
  'Prometheus and prom-agent ask exporters, token servers and proxies alike',
  () => {
    const asked = new Map<string, Asked[]>();
    const closers: (() => unknown)[] = [];

    const record = (request: IncomingMessage, form = ''): void => {
      const { 'user-agent': agent = '', ...rest } = request.headers;
      const asker: Asker = agent.startsWith('Prometheus') ? 'prometheus' : 'prom-agent';
      const { method = '', url = '' } = request;
      const headers = comparable(rest);
      // Go's transport asks for gzip where nobody said otherwise.
      if (url.startsWith('/token')) delete headers['accept-encoding'];
      const job = /\/([\w-]+)(\?.*)?$/.exec(url)?.[1];
      const key = `${asker} ${url.startsWith('/token') ? 'token of ' : ''}${job}`;
      asked.set(key, [...(asked.get(key) ?? []), { method, url: url + form, headers }]);
    };

    async function listen(server: Server): Promise<string> {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    const exporter = (request: IncomingMessage, response: ServerResponse) => {
      let form = '';
      request.on('data', (chunk) => {
        form += chunk;
      });
      request.on('end', () => {
        record(request, form === '' ? '' : ` ${form}`);
        const { url = '' } = request;
        if (url.startsWith('/redirect/')) {
          response.writeHead(302, { location: url.replace('/redirect', '') }).end();
        } else if (url.startsWith('/token-in-form') && !form.includes('client_secret')) {
          response.writeHead(401).end();
        } else if (url.startsWith('/token')) {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end('{"access_token":"granted","token_type":"bearer","expires_in":3600}');
        } else response.writeHead(200, { 'content-type': 'text/plain' }).end('a 1\n');
      });
    };

    const names: string[] = [];
    let proxy: ProxyServer;

    beforeAll(async () => {
      const made: Certificates = makeCertificates();
      const folder = await tempFolder('asks-alike');
      closers.push(() => folder.remove());
      const texts = { secret: 'from a file\n', name: ' named ', ca: made.ca, ...made.client };
      const files: Record<string, string> = {};
      for (const [name, text] of Object.entries(texts)) {
        files[name] = join(folder.path, name);
        await writeFile(files[name], text);
      }
      proxy = await ProxyServer.listen();
      closers.push(() => proxy.close());
      const plain = await listen(createServer(exporter));
      const secure = await listen(
        createTlsServer(
          { ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: false },
          exporter,
        ) as unknown as Server,
      );
      const scrape =
        (target: string, scheme: string) =>
        ([job_name, fields]: [string, object]) => {
          names.push(job_name);
          const static_configs = [{ targets: [target] }];
          return { metrics_path: `/${job_name}`, ...fields, job_name, scheme, static_configs };
        };
      const config = {
        global: { scrape_interval: '1s', scrape_timeout: '900ms' },
        scrape_configs: [
          ...Object.entries(jobs(files, proxy.host, `http://${plain}`)).map(scrape(plain, 'http')),
          ...Object.entries(overTls(files, proxy.host)).map(scrape(secure, 'https')),
        ],
      };
      const prometheus = await startPrometheus({ config, agent: true });
      closers.unshift(() => prometheus.stop());
      const worker = await startWorker({ config });
      closers.unshift(() => worker.stop());
      const all = names.flatMap((name) => [`prometheus ${name}`, `prom-agent ${name}`]);
      const deadline = performance.now() + 30_000;
      while (!all.every((key) => asked.has(key)) && performance.now() < deadline) await delay(50);
    });

    afterAll(async () => {
      for (const close of closers) await close();
    });

    const askedBy = (asker: Asker, what: string) => asked.get(`${asker} ${what}`) ?? [];

    it('in every job', () => {
      const missing = names.filter((name) => askedBy('prom-agent', name).length === 0);
      expect(missing).toEqual([]);
      for (const name of names) {
        const expected = askedBy('prometheus', name)[0];
        expect({ name, ...askedBy('prom-agent', name)[0] }).toEqual({ name, ...expected });
      }
    });

    it('of the token server', () => {
      for (const name of ['token of oauth2', 'token of oauth2-in-the-form']) {
        const expected = askedBy('prometheus', name);
        expect(expected.length).toBeGreaterThan(0);
        expect(askedBy('prom-agent', name)).toEqual(expected);
      }
    });

    it('after a redirect', () => {
      for (const name of ['redirected', 'not-redirected']) {
        const urls = (asker: Asker) => new Set(askedBy(asker, name).map(({ url }) => url));
        expect(urls('prom-agent')).toEqual(urls('prometheus'));
      }
    });

    it('of the proxy', () => {
      const tunnels = (asker: Asker) =>
        proxy.seen
          .filter(({ method, headers }) => {
            const isPrometheus = headers['user-agent']?.startsWith('Prometheus') === true;
            return method !== 'CONNECT' && isPrometheus === (asker === 'prometheus');
          })
          .map(({ target, headers }) => ({ target, headers: comparable(headers) }));
      expect(tunnels('prom-agent')[0]).toEqual(tunnels('prometheus')[0]);
      const connects = proxy.seen.filter(({ method }) => method === 'CONNECT');
      // One of each, and perhaps another one after a scrape that took too long.
      expect(connects.length).toBeGreaterThanOrEqual(2);
      const [one, ...others] = connects.map(({ target, headers }) => ({
        target,
        headers: comparable(headers),
      }));
      for (const other of others) expect(other).toEqual(one);
    });
  },
);
