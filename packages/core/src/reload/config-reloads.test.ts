import { expect, it } from 'vitest';
import type { AgentConfig } from '../config/agent-config.js';
import type { AgentOptions } from '../config/agent-options.js';
import { parseConfig } from '../config/load-config.js';
import { silentLogger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import { ConfigReloads } from './config-reloads.js';

function setUp() {
  const clock = new ManualClock(1_000_000);
  const resolved: AgentOptions[] = [];
  const taken: AgentConfig[] = [];
  let isBad = false;
  const reloads = new ConfigReloads({
    options: { configFile: 'first.yml' },
    clock,
    logger: silentLogger,
    resolve: async (options) => {
      resolved.push(options);
      if (isBad) throw new Error('bad');
      return parseConfig('', options.configFile ?? 'inline');
    },
    take: async (next) => {
      taken.push(next);
    },
  });
  const breakConfig = (broken: boolean) => {
    isBad = broken;
  };
  return { clock, reloads, resolved, taken, breakConfig };
}

it('reads the same file again, and from then on that of the new options', async () => {
  const { reloads, taken } = setUp();
  await reloads.reload();
  await reloads.reload({ configFile: 'second.yml' });
  await reloads.reload();
  expect(taken.map(({ file }) => file)).toEqual(['first.yml', 'second.yml', 'second.yml']);
});

it('a bad configuration is not taken, and neither are its options', async () => {
  const { clock, reloads, taken, resolved, breakConfig } = setUp();
  await clock.advance(5_000);
  breakConfig(true);
  await expect(reloads.reload({ configFile: 'bad.yml' })).rejects.toThrow('bad');
  expect([reloads.isLastGood, reloads.successMs, taken]).toEqual([false, 1_000_000, []]);
  breakConfig(false);
  await reloads.reload();
  expect(resolved.at(-1)).toEqual({ configFile: 'first.yml' });
  expect([reloads.isLastGood, reloads.successMs]).toEqual([true, 1_005_000]);
});

it('one reload waits for the one before, whatever became of it', async () => {
  const { reloads, taken, breakConfig } = setUp();
  breakConfig(true);
  const first = reloads.reload();
  const second = reloads.reload({ configFile: 'second.yml' });
  await expect(first).rejects.toThrow('bad');
  breakConfig(false);
  await second.catch(() => {});
  await reloads.reload({ configFile: 'third.yml' });
  expect(taken.at(-1)?.file).toBe('third.yml');
});
