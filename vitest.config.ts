import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { SkippedServersReporter } from './testing/skipped-servers-reporter.js';

/** Each by itself: they measure, or say what is in time though others misbehave. */
const alone = [
  'testing/bench/**/*.test.ts',
  'testing/end-to-end/bad-targets.test.ts',
  'testing/threads/growth.test.ts',
];

/**
 * A test of Kafka waits most of its time, for elections and timeouts; others keep a core busy. They
 * alternate, so that the cores have something to do, and the long ones are not left over in the end.
 */
class WaitingBesideWorking extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification): boolean =>
      moduleId.includes('/testing/kafka/');
    const waiting = sorted.filter(waits);
    const isBeside = ({ project }: TestSpecification): boolean => project.name === 'integration';
    const working = sorted.filter((file) => !waits(file) && isBeside(file));
    const both = working.flatMap((file, i) => [...waiting.slice(i, i + 1), file]);
    const others = sorted.filter((file) => !waits(file) && !isBeside(file));
    return [...others, ...both, ...waiting.slice(working.length)];
  }
}

export default defineConfig({
  test: {
    // The second one's last line is what CI reads.
    reporters: ['default', new SkippedServersReporter()],
    sequence: { sequencer: WaitingBesideWorking },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          // A property takes its seconds on a loaded machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // All cores: nobody sits before the machine and waits for one.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['testing/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Most of their time is waiting for servers, elections and timeouts: on two cores too.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'alone',
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
