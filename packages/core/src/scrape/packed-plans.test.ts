import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packLabels, toPack } from '../model/packed-labels.js';
import { TextPages } from '../model/text-pages.js';
import { type PackableTarget, packPlans, unpackPlans } from './packed-plans.js';
import { labelsOfPlan, planOf } from './target-plan.js';

it('gives the plans that the targets alone would give', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const one = fc.record({
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => n.toString(16).padStart(16, '0')),
    url: text,
    labels: fc.dictionary(text, text, { maxKeys: 4 }).map((labels) => Object.entries(labels)),
    intervalMs: fc.integer({ min: 1, max: 1e13 }),
    timeoutMs: fc.integer({ min: 1, max: 1e13 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (given) => {
      const pages = new TextPages();
      const targets = given.map(({ labels, ...rest }): PackableTarget => {
        pages.addPair(rest.url, packLabels(labels.flat().map(toPack)));
        const texts = { page: pages.page, place: pages.place };
        return { ...rest, job: 'j', labels: new Map(labels), discoveredLabels: new Map(), texts };
      });
      const plain = (plan: ReturnType<typeof planOf>) => ({
        ...{ id: plan.id, job: plan.job, url: plan.url, labels: labelsOfPlan(plan) },
        ...{ intervalMs: plan.intervalMs, timeoutMs: plan.timeoutMs, phaseMs: plan.phaseMs },
        ...{ source: plan.source, histograms: plan.histograms, refusal: plan.refusal },
      });
      const unpacked = unpackPlans(structuredClone(packPlans('j', targets)));
      expect(unpacked.map(plain)).toEqual(targets.map(planOf).map(plain));
    }),
  );
});
