import { beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { randomScenarios } from './random-scenarios.js';
import { SideBySide } from './side-by-side.js';

const seed = Date.now() | 0;
const scenarios = randomScenarios(seed, 60);

describe.skipIf(requireServer('prometheus'))(
  `whatever an exporter does, prom-agent sends what Prometheus sends (seed ${seed})`,
  () => {
    let found: Awaited<ReturnType<typeof SideBySide.compare>>;

    beforeAll(async () => {
      found = await SideBySide.compare(scenarios);
    }, 150_000);

    it.each(scenarios)('$name', (scenario) => {
      const same = { prometheus: [], promAgent: [] };
      expect(found.get(scenario.name), scenario.sequence).toEqual(same);
    });
  },
);
