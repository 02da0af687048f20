import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { differences } from './differences.js';
import { failureScenarios } from './scenarios/failures.js';
import { formatScenarios } from './scenarios/formats.js';
import { histogramScenarios } from './scenarios/histograms.js';
import { labelScenarios } from './scenarios/labels.js';
import { limitScenarios } from './scenarios/limits.js';
import { negotiationScenarios } from './scenarios/negotiation.js';
import { relabelScenarios } from './scenarios/relabelling.js';
import { timestampScenarios } from './scenarios/timestamps.js';
import { transferScenarios } from './scenarios/transfer.js';
import { valueScenarios } from './scenarios/values.js';
import { SideBySide } from './side-by-side.js';

const scenarios = [
  ...valueScenarios,
  ...failureScenarios,
  ...transferScenarios,
  ...formatScenarios,
  ...negotiationScenarios,
  ...histogramScenarios,
  ...labelScenarios,
  ...timestampScenarios,
  ...limitScenarios,
  ...relabelScenarios,
];

const same = { prometheus: [], promAgent: [] };
const conformance = new URL('../../docs/reference/conformance.md', import.meta.url);

describe.skipIf(requireServer('prometheus'))('prom-agent sends what Prometheus sends', () => {
  let found: Awaited<ReturnType<typeof SideBySide.compare>>;

  beforeAll(async () => {
    found = await SideBySide.compare(scenarios);
  }, 150_000);

  it.each(scenarios)('$name', (scenario) => {
    const { row = '', ...lines } = differences[scenario.name] ?? {};
    expect({ row, ...found.get(scenario.name) }).toEqual({ row, ...same, ...lines });
  });
});

test('each difference is of a scenario and has its reason in the reference', async () => {
  const reference = await readFile(conformance, 'utf8');
  const names = new Set(scenarios.map(({ name }) => name));
  const unknown = Object.entries(differences).filter(
    ([name, { row }]) => !names.has(name) || !reference.includes(`\n| ${row}`),
  );
  expect(unknown).toEqual([]);
});
