import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAgent } from '@prom-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type FakeGateway,
  startFakeGateway,
} from '../../packages/core/src/outputs/pushgateway/client/fake-gateway.contract.js';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const alertsFile = at('../../dashboards/alerts.yml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { severity: string };
  readonly annotations: { summary: string; runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: object;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: readonly { refId: string; expr: string; datasource: object }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly id: null;
  readonly panels: readonly Panel[];
  readonly templating: { list: readonly { name: string; type: string; query: unknown }[] };
}

const { groups } = parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard: Dashboard = JSON.parse(
  readFileSync(at('../../dashboards/prom-agent.json'), 'utf8'),
);
const drawn = dashboard.panels.filter(({ type }) => type !== 'row');
const panelQueries = drawn.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

function metricsIn(expr: string): string[] {
  return [...expr.matchAll(/\bprom_agent_\w+/g)].map(([name]) => name);
}

/** Names of series; a histogram stands for its buckets, sum and count. */
async function knownNames(): Promise<ReadonlySet<string>> {
  const agent = await createAgent({ defaultMetrics: false });
  const names = new Set<string>();
  for (const metric of agent.registry.getMetricsAsArray()) {
    const { name, type } = metric as { name: string; type?: string };
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) names.add(name + suffix);
  }
  await agent.close();
  return names;
}

describe('alerts and dashboard', () => {
  it('name metrics that there are', async () => {
    const known = await knownNames();
    const queries = [...rules.map(({ alert, expr }) => [alert, expr] as const), ...panelQueries];
    expect(queries.length).toBeGreaterThan(30);
    for (const [where, expr] of queries) {
      const names = metricsIn(expr);
      expect(names.length, where).toBeGreaterThan(0);
      for (const name of names) expect(known, `${where}: ${name}`).toContain(name);
    }
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s says what to do', (alert, rule) => {
    expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
    expect(rule.annotations.summary).toMatch(/\.$|\.\)$/);
    expect(rule.annotations.runbook.length).toBeGreaterThan(40);
    const guide = readFileSync(at('../../docs/guide/alerts.md'), 'utf8');
    expect(guide).toContain(`## ${alert}\n`);
  });
});

describe('the dashboard', () => {
  it('is one that Grafana imports', () => {
    const { title, uid, schemaVersion, id, templating } = dashboard;
    expect({ title, uid, id }).toEqual({ title: 'prom-agent', uid: 'prom-agent', id: null });
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    const source = templating.list.find(({ name }) => name === 'datasource');
    expect(source).toMatchObject({ type: 'datasource', query: 'prometheus' });
    const ids = dashboard.panels.map((panel) => panel.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('asks the chosen data source, in panels that say what they show', () => {
    const chosen = { type: 'prometheus', uid: `\${datasource}` };
    for (const { title, description, datasource, targets = [] } of drawn) {
      expect(title).not.toBe('');
      expect(description, title).toMatch(/\.$/);
      expect(datasource, title).toEqual(chosen);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      for (const target of targets) expect(target.datasource, title).toEqual(chosen);
    }
  });

  it('lays no panel over another', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), title).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });
});

describe.skipIf(requireServer('promtool'))('promtool', () => {
  let folder: TempFolder;

  beforeAll(async () => {
    folder = await tempFolder('dashboards');
  });

  afterAll(() => folder?.remove());

  function promtool(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  }

  it('finds nothing wrong with the alerts', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', alertsFile)).toContain(
      'SUCCESS',
    );
  });

  it('sees each alert fire on what it is for', () => {
    expect(promtool('test', 'rules', at('alerts.test.yml'))).toContain('SUCCESS');
    const tests = readFileSync(at('alerts.test.yml'), 'utf8');
    for (const { alert } of rules) expect(tests).toContain(alert);
  });

  it('reads every query of the dashboard', () => {
    const file = join(folder.path, 'queries.yml');
    const queries = panelQueries.map(([, expr], i) => ({
      record: `query:${i}`,
      expr: expr.replace(/\$__(rate_)?interval/g, '5m'),
    }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'g', rules: queries }] }));
    expect(promtool('check', 'rules', file)).toContain(`${queries.length} rules found`);
  });
});

describe.skipIf(requireServer('prometheus'))(
  'in a real Prometheus that an agent reports to',
  () => {
    let exporter: FakeExporter;
    let prometheus: PrometheusServer;
    let queue: TempFolder;
    let gateway: FakeGateway;
    let worker: WorkerProcess;

    beforeAll(async () => {
      exporter = await startExporter(serveBody(() => ({ body: 'jobs 1\n' })));
      queue = await tempFolder('dashboards-queue');
      gateway = await startFakeGateway();
      prometheus = await startPrometheus({
        remoteWriteReceiver: true,
        config: { global: { evaluation_interval: '1s' }, rule_files: [alertsFile] },
      });
      const static_configs = [{ targets: [exporter.address] }];
      worker = await startWorker({
        config: {
          global: { scrape_interval: '1s', scrape_timeout: '900ms' },
          scrape_configs: [{ job_name: 'jobs', static_configs }],
          pushgateway_write: [{ url: gateway.url, source: 'self', job: 'agents', interval: '1s' }],
          remote_write: [
            { url: prometheus.remoteWriteUrl, queue_config: { batch_send_deadline: '200ms' } },
          ],
        },
        flags: [`--storage.path=${queue.path}`],
      });
      // Two samples of what is sent make a rate.
      await prometheus.find('rate(prom_agent_remote_storage_samples_total[1m]) > 0');
      await prometheus.find('rate(prom_agent_pushgateway_pushes_total[1m]) > 0');
    }, 90_000);

    afterAll(async () => {
      await worker?.stop();
      await prometheus?.stop();
      await exporter?.stop();
      await gateway?.close();
      await queue?.remove();
    });

    /** There may be none unless a backlog waits. */
    const ofBacklogs = ['Backlog: rate', 'Backlog: time left', 'Behind'];
    const always = panelQueries.filter(([title]) => !ofBacklogs.includes(title));

    it.each(always)('%s shows something: %s', async (_title, expr) => {
      const asked = expr
        .replace(/\$__(rate_)?interval/g, '1m')
        .replace(/\$(job|instance|output)/g, '.*');
      expect((await prometheus.query(asked)).length).toBeGreaterThan(0);
    });

    it('each alert is evaluated without an error', async () => {
      const health = async () => {
        const answer = await fetch(`${prometheus.url}/api/v1/rules`);
        const { data } = (await answer.json()) as {
          data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
        };
        return data.groups.flatMap((group) => group.rules);
      };
      await expect
        .poll(async () => (await health()).every((rule) => rule.health !== 'unknown'), {
          timeout: 30_000,
        })
        .toBe(true);
      expect((await health()).filter((rule) => rule.health !== 'ok')).toEqual([]);
      expect(await health()).toHaveLength(rules.length);
    }, 40_000);
  },
);
