import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

interface ApiTarget {
  readonly discoveredLabels: Record<string, string>;
  readonly [field: string]: unknown;
}

interface ApiTargets {
  readonly activeTargets: readonly ApiTarget[];
  readonly droppedTargets: readonly ApiTarget[];
  readonly droppedTargetCounts: Record<string, number> | null;
}

/** Labels that Prometheus puts on targets from 3.13 on; the real one of the tests is 3.5. */
const newerLabels = /^__(?:scrape_native|always_scrape_classic|convert_classic)_histograms/;

let exporter: FakeExporter;
let worker: WorkerProcess;
let config: object;

beforeAll(async () => {
  exporter = await startExporter(serveBody('a_metric 1\n'));
  const { address } = exporter;
  config = {
    global: { scrape_interval: '1s', scrape_timeout: '900ms' },
    scrape_configs: [
      {
        job_name: 'b-good',
        params: { module: ['x y', 'z'] },
        static_configs: [{ targets: [address], labels: { zone: 'a', __meta_x: 'y' } }],
      },
      {
        job_name: 'a-mixed',
        scrape_interval: '90s',
        scrape_timeout: '25s',
        metrics_path: '/other?x',
        static_configs: [{ targets: ['127.0.0.1:1', 'dropped:1', 'gone:2'] }],
        relabel_configs: [
          { action: 'drop', source_labels: ['__address__'], regex: 'dropped.*|gone.*' },
          { target_label: 'path', source_labels: ['__metrics_path__'] },
        ],
      },
      { job_name: 'c-empty' },
    ],
  };
  worker = await startWorker({ config });
});
afterAll(async () => {
  await worker?.stop();
  await exporter?.stop();
});

async function ask<T>(url: string): Promise<T> {
  const answer = (await (await fetch(url)).json()) as { status: string; data: T };
  expect(answer.status, url).toBe('success');
  return answer.data;
}

/** What two servers may say otherwise taken out: times, words of errors, fields of ours. */
function comparable({ activeTargets, droppedTargets, droppedTargetCounts }: ApiTargets) {
  const withoutNewer = (labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => !newerLabels.test(name)));
  const of = (target: ApiTarget) => {
    const { lastScrape, lastScrapeDuration, lastError, id, reason, message, ...rest } = target;
    const isActive = 'health' in target;
    return {
      ...(rest as Record<string, unknown>),
      discoveredLabels: withoutNewer(target.discoveredLabels),
      ...(isActive && { times: [typeof lastScrape, typeof lastScrapeDuration] }),
      ...(isActive && { hasError: lastError !== '' }),
    };
  };
  return {
    activeTargets: activeTargets.map(of),
    droppedTargets: droppedTargets.map(of),
    droppedTargetCounts,
  };
}

describe.skipIf(requireServer('prometheus'))('beside a real Prometheus', () => {
  let prometheus: PrometheusServer;
  beforeAll(async () => {
    prometheus = await startPrometheus({ config });
  });
  afterAll(() => prometheus?.stop());

  it.each([
    '',
    '?state=active',
    '?state=dropped',
    '?state=any',
    '?state=DROPPED',
    '?state=bogus',
    '?scrapePool=a-mixed',
    '?scrapePool=nope',
    '?state=dropped&scrapePool=b-good',
  ])('/api/v1/targets%s answers the same', async (query) => {
    const settled = async (url: string) => {
      const answer = await ask<ApiTargets>(`${url}/api/v1/targets?state=active`);
      return answer.activeTargets.map(({ health }) => health).toSorted();
    };
    // The second one is scraped at a time of its own within 90 s.
    for (const { url } of [prometheus, worker]) {
      await expect.poll(() => settled(url), { timeout: 20_000 }).toContain('up');
    }
    const [theirs, ours] = await Promise.all(
      [prometheus, worker].map(async ({ url }) => {
        const answer = comparable(await ask<ApiTargets>(`${url}/api/v1/targets${query}`));
        const activeTargets = answer.activeTargets.map((target: Record<string, unknown>) =>
          target['scrapePool'] === 'a-mixed'
            ? { ...target, health: undefined, hasError: undefined }
            : target,
        );
        return { ...answer, activeTargets };
      }),
    );
    expect(ours).toEqual(theirs);
  });

  it('/api/v1/scrape_pools answers the same', async () => {
    const [theirs, ours] = await Promise.all(
      [prometheus, worker].map(({ url }) => ask(`${url}/api/v1/scrape_pools`)),
    );
    expect(ours).toEqual(theirs);
  });

  it.each(['buildinfo', 'config'])(
    '/api/v1/status/%s has all fields of Prometheus',
    async (what) => {
      const [theirs, ours] = await Promise.all(
        [prometheus, worker].map(({ url }) => ask<object>(`${url}/api/v1/status/${what}`)),
      );
      expect(Object.keys(ours!)).toEqual(expect.arrayContaining(Object.keys(theirs!)));
    },
  );

  it.each([
    ['POST', '/-/reload'],
    ['POST', '/-/quit'],
  ])('%s %s is refused alike', async (method, path) => {
    const [theirs, ours] = await Promise.all(
      [prometheus, worker].map(async ({ url }) => {
        const answer = await fetch(url + path, { method });
        return [answer.status, await answer.text()];
      }),
    );
    expect(ours).toEqual(theirs);
  });
});

describe('/api/v1/targets', () => {
  const total = async (query: string) => {
    const answer = await fetch(`${worker.url}/api/v1/targets${query}`);
    return answer.headers.get('x-total-count');
  };

  it('gives dropped targets with the reason', async () => {
    const { droppedTargets } = await ask<ApiTargets>(`${worker.url}/api/v1/targets?state=dropped`);
    expect(droppedTargets).toHaveLength(2);
    expect(droppedTargets[0]).toMatchObject({
      scrapePool: 'a-mixed',
      reason: 'relabelling',
      message: 'a rule of relabel_configs dropped it',
    });
  });

  it('is paged over the active, then the dropped targets', async () => {
    const seen: (string | undefined)[] = [];
    for (let offset = 0; offset < 4; offset++) {
      const url = `${worker.url}/api/v1/targets?limit=1&offset=${offset}`;
      const { activeTargets, droppedTargets } = await ask<ApiTargets>(url);
      expect(activeTargets.length + droppedTargets.length).toBe(1);
      seen.push([...activeTargets, ...droppedTargets][0]?.discoveredLabels['__address__']);
    }
    expect(seen).toEqual(['127.0.0.1:1', exporter.address, 'dropped:1', 'gone:2']);
    expect([await total('?limit=1'), await total('?state=active')]).toEqual(['4', '2']);
    const beyond = await ask<ApiTargets>(`${worker.url}/api/v1/targets?limit=5&offset=9`);
    expect([beyond.activeTargets, beyond.droppedTargets]).toEqual([[], []]);
  });

  it.each(['limit=-1', 'offset=x', 'limit=1.5'])('refuses %s', async (query) => {
    const answer = await fetch(`${worker.url}/api/v1/targets?${query}`);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        status: 'error',
        errorType: 'bad_data',
        error: 'limit and offset must be whole numbers from 0 on',
      },
    ]);
  });
});

describe('/api/v1/targets/relabel_steps', () => {
  const steps = (scrapePool: string, labels: string) =>
    fetch(
      `${worker.url}/api/v1/targets/relabel_steps?${new URLSearchParams({ scrapePool, labels })}`,
    );

  it('follows labels through the rules of a job', async () => {
    const answer = await steps('a-mixed', '{"__address__":"x:1","__metrics_path__":"/m"}');
    expect(await answer.json()).toEqual({
      status: 'success',
      data: {
        steps: [
          {
            rule: {
              sourceLabels: ['__address__'],
              separator: ';',
              regex: 'dropped.*|gone.*',
              replacement: '$1',
              action: 'drop',
            },
            output: { __address__: 'x:1', __metrics_path__: '/m' },
            keep: true,
          },
          {
            rule: {
              sourceLabels: ['__metrics_path__'],
              separator: ';',
              regex: '(.*)',
              targetLabel: 'path',
              replacement: '$1',
              action: 'replace',
            },
            output: { __address__: 'x:1', __metrics_path__: '/m', path: '/m' },
            keep: true,
          },
        ],
      },
    });
  });

  it('a rule that drops leaves nothing to the next', async () => {
    const answer = await steps('a-mixed', '{"__address__":"gone"}');
    const { data } = (await answer.json()) as { data: { steps: { keep: boolean }[] } };
    expect(data.steps).toMatchObject([
      { keep: false, output: {} },
      { keep: false, output: {} },
    ]);
  });

  it.each([
    ['', '{}', 'no scrapePool parameter provided'],
    ['a-mixed', '', 'no labels parameter provided'],
    ['nope', '{}', 'error retrieving scrape config: scrape pool "nope" not found'],
    ['a-mixed', '[]', /^error parsing labels/],
    ['a-mixed', '{"a":1}', /^error parsing labels/],
    ['a-mixed', '{', /^error parsing labels/],
  ])('refuses job %j with labels %j', async (job, labels, error) => {
    const answer = await steps(job, labels);
    expect(answer.status).toBe(400);
    const body = (await answer.json()) as { error: string };
    expect(body).toMatchObject({ status: 'error', errorType: 'bad_data' });
    if (typeof error === 'string') expect(body.error).toBe(error);
    else expect(body.error).toMatch(error);
  });
});

it('/api/v1/status/flags has every flag as text', async () => {
  const flags = await ask<Record<string, string>>(`${worker.url}/api/v1/status/flags`);
  expect(flags).toMatchObject({
    'config.file': worker.configFile,
    'config.auto-reload': 'false',
    'config.auto-reload-interval': '30s',
    'web.enable-lifecycle': 'false',
    'web.listen-address': new URL(worker.url).host,
    'log.level': 'info',
  });
});

describe('POST /api/v1/targets/{id}/scrape', () => {
  const scrape = (id: string, method = 'POST') =>
    fetch(`${worker.url}/api/v1/targets/${id}/scrape`, { method });

  it('shows what the target says now', async () => {
    const { activeTargets } = await ask<ApiTargets>(
      `${worker.url}/api/v1/targets?state=active&scrapePool=b-good`,
    );
    const answer = async () => (await scrape(String(activeTargets[0]!['id']))).json();
    // On a busy machine one may take longer than its timeout.
    await expect.poll(answer, { timeout: 20_000 }).toMatchObject({
      status: 'success',
      data: { statusCode: 200, samples: 1, body: 'a_metric 1\n', bodyBytes: 11 },
    });
  });

  it('knows no other target, and is no GET', async () => {
    const unknown = await scrape('0123456789abcdef');
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { errorType: 'not_found' }]);
    expect((await scrape('0123456789abcdef', 'GET')).status).toBe(405);
    expect((await scrape('x')).status).toBe(404);
  });
});
