import { afterEach, describe, expect, it } from 'vitest';
import { type MadeSample, toBatch } from '../made-batch.contract.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { type GatewayScene, gatewayScene, until } from './gateway-scene.contract.js';
import type { PushgatewayWriteOptions } from './pushgateway-options.js';
import { TargetPushes } from './target-pushes.js';

const startMs = 1_700_000_000_000;

describe('TargetPushes', () => {
  let scene: GatewayScene;
  let output: TargetPushes;

  afterEach(async () => {
    const closed = output?.close(0);
    await scene?.clock.advance(1);
    await closed;
    await scene?.gateway.close();
  });

  const begin = async (options: Partial<PushgatewayWriteOptions> = {}): Promise<void> => {
    scene = await gatewayScene(options);
    output = new TargetPushes(scene.options, scene.parts);
  };
  const sample = (name: string, value: number, more: Record<string, string> = {}): MadeSample => ({
    labels: new Map(Object.entries({ __name__: name, job: 'j', instance: 'i', ...more })),
    value,
  });
  const batch = (
    seconds: number,
    samples: readonly MadeSample[],
    more: Partial<ScrapeBatch> = {},
  ): ScrapeBatch => ({
    ...toBatch({ targetId: 't', timestampMs: startMs + seconds * 1000, layout: 1, samples }),
    targetLabels: new Map(Object.entries({ job: 'j', instance: 'i' })),
    ...more,
  });
  const bodies = (): string[] => scene.gateway.requests.map(({ body }) => body.toString());
  const pushes = async (count: number): Promise<void> => {
    await until(() => output.status().pushes?.outcomes.pushed === count);
  };

  it('pushes after a scrape, at most once an interval', async () => {
    await begin();
    for (const seconds of [0, 5, 10, 15, 28, 30]) {
      output.append(batch(seconds, [sample('a', seconds)]));
      if (seconds % 15 === 0) await pushes(seconds / 15 + 1);
    }
    expect(scene.requests()).toEqual(Array(3).fill('PUT /metrics/job/j/instance/i'));
    expect(bodies()).toEqual(['a 0\n', 'a 15\n', 'a 30\n']);
  });

  it('a timer that is late does not cost a push, nor does a clock that was set back', async () => {
    await begin();
    for (const [i, seconds] of [0, 14.8, 30.1, 44.9, -3600].entries()) {
      output.append(batch(seconds, [sample('a', i)]));
      await pushes(i + 1);
    }
  });

  it('pushes on the close what came within the interval', async () => {
    await begin();
    output.append(batch(0, [sample('a', 0)]));
    await pushes(1);
    output.append(batch(5, [sample('a', 5)]));
    await output.close(10_000);
    expect(bodies()).toEqual(['a 0\n', 'a 5\n']);
    expect(output.status()).toMatchObject({ samplesAppended: 2, samplesSent: 2, queueSamples: 0 });
  });

  it('makes the text anew when the series change, and takes another order for what it is', async () => {
    await begin({ intervalMs: 1000 });
    output.append(batch(0, [sample('a', 1), sample('b', 2)]));
    await pushes(1);
    output.append(batch(1, [sample('b', 3), sample('a', 4)], { layout: 2 }));
    await pushes(2);
    output.append(batch(2, [sample('up', 0)], { layout: 0 }));
    await pushes(3);
    expect(bodies()).toEqual(['a 1\nb 2\n', 'b 3\na 4\n', '# TYPE up gauge\nup 0\n']);
  });

  it('waits for all parts of a large scrape; one that is given up half-way leaves no trace', async () => {
    await begin({ intervalMs: 1000 });
    const part = (seconds: number, index: number, value: number): ScrapeBatch =>
      batch(seconds, [sample(`m${index}`, value)], { place: { index, count: 2 } });
    output.append(part(0, 0, 1));
    output.append(part(0, 1, 2));
    output.append(batch(0, [], { place: { index: 2, count: 2 } }));
    await pushes(1);
    output.append(part(1, 0, 3));
    output.append(part(2, 0, 5));
    output.append(part(2, 1, 6));
    await pushes(2);
    expect(bodies()).toEqual(['m0 1\nm1 2\n', 'm0 5\nm1 6\n']);
  });

  it('a number of a series that was given to another in a scrape that was given up names the other', async () => {
    await begin({ intervalMs: 1000 });
    const first = batch(0, [sample('a', 1)]);
    output.append(first);
    await pushes(1);
    const lost = batch(1, [sample('c', 3)], { layout: 2, place: { index: 0, count: 2 } });
    output.append(lost);
    const other = batch(2, [sample('b', 2)]);
    const labels = Uint8Array.from(other.series.labelBytes(other.refs[0]!));
    const series = { labelBytes: () => labels };
    output.append(batch(2, [sample('a', 2)], { layout: 3, series }));
    await pushes(2);
    expect(bodies()).toEqual(['a 1\n', 'b 2\n']);
  });

  it('a target that is gone gets no push of its markers', async () => {
    await begin();
    output.append(batch(0, [sample('a', 1)]));
    await pushes(1);
    output.append(batch(15, []));
    output.forget('t');
    await scene.clock.advance(1_000);
    expect(output.status().pushes).toMatchObject({ groups: 0, groupsLeft: 1 });
    expect(scene.requests()).toHaveLength(1);
  });

  it('counts each state once, whatever becomes of it', async () => {
    await begin({ intervalMs: 1000 });
    let status = 503;
    scene.gateway.answer = () => ({ status });
    for (let i = 0; i < 4; i++) output.append(batch(i, [sample('a', i), sample('b', i)]));
    const count = () => {
      const { samplesAppended, samplesSent, samplesDropped, queueSamples } = output.status();
      const dropped = Object.values(samplesDropped).reduce((sum, one) => sum + one);
      expect(samplesSent + dropped + queueSamples).toBe(samplesAppended);
      return { samplesSent, queueSamples, ...samplesDropped };
    };
    await until(() => output.status().pushes?.outcomes.unreachable === 1);
    expect(count()).toMatchObject({ samplesSent: 0, queueSamples: 2, superseded: 6 });
    status = 200;
    await scene.clock.advance(500);
    await pushes(1);
    expect(count()).toMatchObject({ samplesSent: 2, queueSamples: 0, superseded: 6 });
    expect(bodies().at(-1)).toBe('a 3\nb 3\n');
    status = 400;
    output.append(batch(5, [sample('a', 5)]));
    await until(() => output.status().pushes?.outcomes.refused === 1);
    expect(count()).toMatchObject({ rejected: 1 });
    status = 503;
    output.append(batch(6, [sample('a', 6)]));
    await until(() => output.status().pushes?.outcomes.unreachable === 2);
    const closed = output.close(1_000);
    await scene.clock.advance(2_000);
    await closed;
    expect(count()).toMatchObject({ closed: 1, queueSamples: 0 });
  });

  it('an outage is two log lines, and so is a group that is refused', async () => {
    await begin({ intervalMs: 1000 });
    const push = async (seconds: number, status: number): Promise<void> => {
      scene.gateway.answer = () => ({ status });
      const answers = (): number =>
        Object.values(output.status().pushes?.outcomes ?? {}).reduce((sum, one) => sum + one);
      const before = answers();
      output.append(batch(seconds, [sample('a', 1)]));
      // Not so far that a push that is under way would be too late.
      for (let i = 0; i < 15 && output.status().requestsInFlight === 0; i++) {
        await scene.clock.advance(1_000);
        if (answers() > before) return;
      }
      await until(() => answers() > before);
    };
    for (const [i, status] of [503, 503, 503, 200, 400, 400, 200].entries()) {
      await push(i * 20, status);
    }
    expect(scene.lines.map((line) => line.slice(0, 40))).toEqual([
      'warn pushgateway_write fails; the last s',
      'info pushgateway_write works again',
      'warn the Pushgateway refuses a group: it',
      'info the Pushgateway refuses no group an',
    ]);
  });

  it('deletes its groups on the close where it is told to', async () => {
    await begin({ onClose: 'delete' });
    output.append(batch(0, [sample('a', 1)]));
    await output.close(10_000);
    expect(scene.requests()).toEqual([
      'PUT /metrics/job/j/instance/i',
      'DELETE /metrics/job/j/instance/i',
    ]);
    expect(output.status().pushes).toMatchObject({ groupsDeleted: 1 });
  });

  it('two targets with the same labels are one group, and that is said once', async () => {
    await begin();
    output.append(batch(0, [sample('a', 1)]));
    output.append(batch(0, [sample('a', 2)], { targetId: 'u' }));
    await pushes(2);
    expect(scene.lines.filter((line) => line.includes('same labels'))).toHaveLength(1);
    output.forget('u');
    expect(output.status().pushes).toMatchObject({ groups: 1, groupsLeft: 0 });
  });
});
