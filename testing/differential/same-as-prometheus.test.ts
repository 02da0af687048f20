import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { failureScenarios } from './scenarios/failures.js';
import { formatScenarios } from './scenarios/formats.js';
import { labelScenarios } from './scenarios/labels.js';
import { limitScenarios } from './scenarios/limits.js';
import { relabelScenarios } from './scenarios/relabelling.js';
import { timestampScenarios } from './scenarios/timestamps.js';
import { transferScenarios } from './scenarios/transfer.js';
import { valueScenarios } from './scenarios/values.js';
import { SideBySide } from './side-by-side.js';

const scenarios = [...valueScenarios, ...failureScenarios, ...timestampScenarios, ...labelScenarios, ...transferScenarios, ...limitScenarios, ...formatScenarios, ...relabelScenarios];

describe.skipIf(requireServer('prometheus'))('prom-agent sends what Prometheus sends', () => {
  let both: SideBySide;

  beforeAll(async () => {
    both = await SideBySide.start(scenarios);
    await both.untilScraped(scenarios);
  });

  afterAll(() => both?.stop());

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    const { difference } = scenario;
    const expected = { prometheus: [], promAgent: [], ...difference };
    expect({ ...difference, ...both.difference(scenario) }).toEqual(expected);
  });
});
