import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { textContentType } from '../exporters/serve-body.js';
import type { ExporterHandler } from '../exporters/start-exporter.js';
import { defaultScrapes, type Scenario, type ScenarioAnswer } from './scenario.js';

const defaultAnswer = (scrape: number): string => `m ${scrape}\n`;

/**
 * Each agent, told by its User-Agent, sees the answers of a scenario in the same order, however its
 * scrapes lie in time. Paths are `/<scenario>`; redirects lead to `/<scenario>/to/…?scrape=<n>`, which
 * does not count. After the scrapes that are compared the answer is 500.
 */
export function serveScenarios(
  scenarios: readonly Scenario[],
  startMs: () => number,
): ExporterHandler {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const scrapes = new Map<string, number>();
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://exporter');
    const [, name = '', to] = pathname.split('/');
    const { answer = defaultAnswer, scrapes: most = defaultScrapes } = byName.get(name) ?? {};
    if (to !== undefined) {
      const scrape = Number(searchParams.get('scrape'));
      reply(byName.get(name)?.redirected?.(scrape) ?? '', request, response);
      return;
    }
    const [asker] = String(request.headers['user-agent']).split('/');
    const target = `${asker} ${request.headers.host} ${request.url}`;
    const scrape = scrapes.get(target) ?? 0;
    scrapes.set(target, scrape + 1);
    if (scrape < most) reply(answer(scrape, startMs()), request, response);
    else response.writeHead(500).end();
  };
}

function reply(answer: ScenarioAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (typeof answer === 'function') {
    answer(request, response);
    return;
  }
  const {
    body,
    status = 200,
    headers = {},
  } = typeof answer === 'string' ? { body: answer } : answer;
  response.statusCode = status;
  response.setHeader('content-type', textContentType);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const isAccepted = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (!isAccepted || response.hasHeader('content-encoding')) {
    response.end(body);
    return;
  }
  response.setHeader('content-encoding', 'gzip');
  response.end(gzipSync(body, { level: 1 }));
}
