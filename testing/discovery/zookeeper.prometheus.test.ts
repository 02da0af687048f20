import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startZooKeeper, type ZooKeeperServer } from '../servers/zookeeper.js';
import { discoveredByPrometheus, discoveredByUs, keepApart } from './discovered-labels.js';
import { until, ZooKeeperScene } from './zookeeper-scene.js';

/** What nodes may hold; of each Prometheus is asked what it makes of it. */
const contents = [
  '',
  'nonsense',
  '{}',
  'null',
  '[]',
  '"text"',
  '{"host":"h","port":80,"name":"n"}',
  '{"Host":"h","PORT":81,"Name":"n","other":{"a":[1]}}',
  '{"host":"fe80::1","port":82,"name":"ä\\u00e4"}',
  '{"host":"h","port":"83"}',
  '{"host":"h","port":83.5}',
  '{"host":1,"port":84}',
  '{"host":null,"port":null}',
  '{"serviceEndpoint":{"host":"s","port":1},"additionalEndpoints":{},"status":"ALIVE"}',
  '{"serviceEndpoint":{"host":"s","port":2},"additionalEndpoints":{"http-admin":{"host":"x","port":3},"é.1":{"port":4},"z":null},"status":"DEAD","shard":7}',
  '{"serviceEndpoint":null,"additionalEndpoints":null,"status":null,"shard":-1}',
  '{"serviceEndpoint":[],"status":"ALIVE"}',
  '{"serviceEndpoint":{"host":"s","port":5},"additionalEndpoints":[]}',
  '{"serviceEndpoint":{"host":"s","port":6},"additionalEndpoints":{"a":1}}',
  '{"SERVICEENDPOINT":{"HOST":"s","port":7},"shard":"1"}',
  '{"SERVICEENDPOINT":{"HOST":"s","port":8},"STATUS":"up","shard":0}',
  ' {"host":"spaces","port":85} \n',
  '{"host":"twice","port":86}{}',
  '\uFEFF{"host":"bom","port":87}',
];

describe.skipIf(requireServer('zookeeper', 'prometheus'))(
  'ZooKeeper discovery beside Prometheus',
  () => {
    const kinds = ['nerve', 'serverset'] as const;
    let server: ZooKeeperServer;
    let prometheus: PrometheusServer;
    const scenes = new Map<string, ZooKeeperScene>();

    beforeAll(async () => {
      server = await startZooKeeper();
      await server.writer.create('/sd');
      for (const [i, content] of contents.entries()) {
        await server.writer.create(`/sd/m${i}`, content);
      }
      await server.writer.create('/sd/m0/deep', '{"host":"deep","port":1}');
      prometheus = await startPrometheus({
        config: {
          scrape_configs: kinds.map((kind) => ({
            job_name: kind,
            [`${kind}_sd_configs`]: [{ servers: [server.address], paths: ['/sd'], timeout: '2s' }],
            relabel_configs: keepApart,
          })),
        },
      });
      for (const kind of kinds) {
        const scene = new ZooKeeperScene(server.address);
        scenes.set(kind, scene);
        await scene.start({ kind, paths: ['/sd'] });
      }
    });
    afterAll(async () => {
      for (const scene of scenes.values()) await scene.close();
      await prometheus?.stop();
      await server?.stop();
    });

    async function findSameAsPrometheus(holds: (lines: readonly string[]) => boolean) {
      for (const kind of kinds) {
        let theirs: string[] = [];
        const ours = () => discoveredByUs(scenes.get(kind)?.updates.at(-1));
        await until(
          async () => {
            theirs = await discoveredByPrometheus(prometheus.url, kind);
            return holds(theirs) && theirs.join() === ours().join();
          },
          () => `${kind}\ntheirs ${theirs.join('\n')}\nours   ${ours().join('\n')}`,
        );
        expect(ours()).toEqual(theirs);
      }
    }

    it('lists the same targets with the same labels', () =>
      findSameAsPrometheus((lines) => lines.length > 8));

    it('after members came, changed and went, and a server that was away, too', async () => {
      await server.writer.set('/sd/m1', '{"host":"changed","port":1}');
      await server.writer.delete('/sd/m0/deep');
      await server.writer.create('/sd/m0/other', '{"host":"other","port":1}');
      const hasChanged = (lines: readonly string[]) =>
        lines.some((line) => line.includes('/sd/m0/other')) &&
        !lines.some((line) => line.includes('/sd/m0/deep'));
      await findSameAsPrometheus(hasChanged);
      await server.halt();
      await server.resume();
      await server.writer.delete('/sd/m0/other');
      await server.writer.set('/sd/m2', '{"host":"later","port":2}');
      await findSameAsPrometheus((lines) => !lines.some((line) => line.includes('/sd/m0/other')));
    });
  },
);
