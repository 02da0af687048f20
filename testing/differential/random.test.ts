import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { randomScenarios } from './random-scenarios.js';
import { SideBySide } from './side-by-side.js';

const seed = Date.now() | 0;
const scenarios = randomScenarios(seed, 60);

describe.skipIf(requireServer('prometheus'))(
  `whatever an exporter does, prom-agent sends what Prometheus sends (seed ${seed})`,
  () => {
    let both: SideBySide;

    beforeAll(async () => {
      both = await SideBySide.scraped(scenarios);
    }, 150_000);

    afterAll(() => both?.stop());

    it.each(scenarios)('$name', (scenario) => {
      const same = { prometheus: [], promAgent: [] };
      expect(both.difference(scenario), scenario.sequence).toEqual(same);
    });
  },
);
