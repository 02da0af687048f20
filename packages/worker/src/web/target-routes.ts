import { relabelStepsOf } from './relabel-steps-api.js';
import { sendBadData, sendData, sendJsonChunks, sendNotFound } from './respond.js';
import { type Route, type RouteRequest, read } from './route.js';
import { jobsInOrder, targetsJson } from './targets-api.js';

/** What is found, what is scraped and how that went; as Prometheus 3 (web/api/v1). */
export const targetRoutes: readonly (readonly [path: string, Route])[] = [
  ['/api/v1/targets', read(targets)],
  ['/api/v1/targets/relabel_steps', read(relabelSteps)],
  ['/api/v1/targets/{id}/scrape', { methods: ['POST'], answer: scrapeNow }],
  ['/api/v1/scrape_pools', read(scrapePools)],
];

async function targets({ request, response, query, state }: RouteRequest): Promise<void> {
  const limit = readCount(query, 'limit');
  const offset = readCount(query, 'offset');
  if (Number.isNaN(limit) || Number.isNaN(offset)) {
    sendBadData(response, 'limit and offset must be whole numbers from 0 on');
    return;
  }
  const wanted = query.get('state')?.toLowerCase() || 'any';
  const { total, chunks } = targetsJson(state.agent, {
    active: wanted === 'any' || wanted === 'active',
    dropped: wanted === 'any' || wanted === 'dropped',
    job: query.get('scrapePool') || undefined,
    offset: offset ?? 0,
    limit: limit ?? Number.POSITIVE_INFINITY,
  });
  response.setHeader('x-total-count', total);
  await sendJsonChunks(request, response, chunks);
}

/** Undefined when it is not asked for, NaN when it is no count. */
function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function scrapePools({ response, state }: RouteRequest): void {
  sendData(response, { scrapePools: jobsInOrder(state.agent) });
}

function relabelSteps({ response, query, state }: RouteRequest): void {
  const steps = relabelStepsOf(state.agent, query.get('scrapePool'), query.get('labels'));
  if (typeof steps === 'string') sendBadData(response, steps);
  else sendData(response, { steps });
}

/** Scrapes a target once, beside its ticks, for whoever wants to see what it says now. */
async function scrapeNow({ response, id, state }: RouteRequest): Promise<void> {
  const scraped = await state.agent.scrapeNow(id);
  if (scraped === undefined) sendNotFound(response, `this agent has no target ${id}`);
  else sendData(response, { ...scraped, body: Buffer.from(scraped.body).toString() });
}
