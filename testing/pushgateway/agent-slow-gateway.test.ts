import { afterEach, describe, expect, test } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { type PushScene, samples, startPushing, until } from './push-scene.js';
import { type SlowGateway, type Slowness, startSlowGateway } from './slow-gateway.js';

const timeoutMs = 120_000;
/** More groups than there are pushes at once. */
const targets = 6;
const mostAtOnce = 4;
/** Of a scrape: its number, and five that Prometheus adds. */
const samplesOfScrape = 6;

describe.each(['pushgateway', 'pushgateway-1.5'] as const)('a slow %s', (program) => {
  const skipped = requireServer(program);
  let gateway: Pushgateway | undefined;
  let slow: SlowGateway | undefined;
  let scene: PushScene | undefined;
  const exporters: FakeExporter[] = [];

  afterEach(async () => {
    await scene?.agent.close({ deadlineMs: 5_000 });
    slow?.close();
    await Promise.all(exporters.splice(0).map((exporter) => exporter.stop()));
    await gateway?.stop();
    [scene, slow, gateway] = [undefined, undefined, undefined];
  });

  /** By instance, how often it was scraped. */
  async function serve(): Promise<Map<string, number>> {
    const scrapes = new Map<string, number>();
    for (let i = 0; i < targets; i++) {
      let address = '';
      const body = () => {
        const scrape = (scrapes.get(address) ?? 0) + 1;
        scrapes.set(address, scrape);
        return { body: `scrape ${scrape}\n` };
      };
      const exporter = await startExporter(serveBody(body));
      address = exporter.address;
      scrapes.set(address, 0);
      exporters.push(exporter);
    }
    return scrapes;
  }

  const shown = async (): Promise<Map<string, number>> =>
    new Map(
      (await samples(gateway!, 'scrape')).map(({ labels, value }) => [
        labels['instance'] ?? '',
        Number(value),
      ]),
    );
  const areAtLeast = (wanted: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>) =>
    [...wanted].every(([instance, scrape]) => (found.get(instance) ?? -1) >= scrape);

  test.skipIf(skipped).each<[string, Slowness]>([
    ['reads requests late', 'request'],
    ['answers late', 'head'],
    ['drips its answers', 'body'],
  ])(
    '%s: pushes wait, nothing piles up, and the newest state wins',
    async (_name, slowness) => {
      gateway = await startPushgateway({ program });
      // Longer than two scrapes.
      slow = await startSlowGateway(gateway.url, slowness, 700);
      const scrapes = await serve();
      const block = { timeoutMs: 60_000 };
      scene = await startPushing({ url: slow.url, targets: [...scrapes.keys()], block });
      const { agent, lines } = scene;
      const status = () => agent.outputs()[0]!;
      let mostSamples = 0;
      await until('superseded', async () => {
        mostSamples = Math.max(mostSamples, status().queueSamples);
        return status().samplesDropped.superseded > targets * samplesOfScrape;
      });
      // Of each group one state under way, and one that waits.
      expect(mostSamples).toBeLessThanOrEqual(2 * targets * samplesOfScrape);
      expect(slow.mostOfAGroup).toBe(1);
      expect(slow.most).toBeLessThanOrEqual(mostAtOnce);
      slow.hurry();
      const wanted = new Map(scrapes);
      await until('caught up', async () => areAtLeast(wanted, await shown()));
      await agent.close({ deadlineMs: 30_000 });
      expect(await shown()).toEqual(scrapes);
      // It was slow, not away.
      expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
      expect(slow.mostOfAGroup).toBe(1);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'slower than the timeout is told once; an answer whose end never comes is one',
    async () => {
      gateway = await startPushgateway({ program });
      slow = await startSlowGateway(gateway.url, 'body', 3_600_000);
      const scrapes = await serve();
      const block = { timeoutMs: 500 };
      scene = await startPushing({ url: slow.url, targets: [...scrapes.keys()], block });
      const { agent } = scene;
      const outcomes = () => agent.outputs()[0]!.pushes!.outcomes;
      await until('pushed', () => outcomes().pushed > targets);
      expect(outcomes().unreachable).toBe(0);
      await agent.close({ deadlineMs: 500 });
      slow.close();

      slow = await startSlowGateway(gateway.url, 'head', 3_600_000);
      scene = await startPushing({ url: slow.url, targets: [...scrapes.keys()], block });
      const { agent: other, lines } = scene;
      const tries = () => other.outputs()[0]!.pushes!.outcomes.unreachable;
      await until('tried again', () => tries() > 5);
      slow.hurry();
      const wanted = new Map(scrapes);
      await until('caught up', async () => areAtLeast(wanted, await shown()));
      await until('told', () => lines.some(({ message }) => message.includes('works again')));
      expect(lines.filter(({ level }) => level === 'warn')).toEqual([
        expect.objectContaining({
          fields: expect.objectContaining({ error: 'no answer within 500 ms' }),
        }),
      ]);
      expect(slow.mostOfAGroup).toBeLessThanOrEqual(2);
    },
    timeoutMs,
  );
});
