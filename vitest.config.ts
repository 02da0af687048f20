import { defineConfig } from 'vitest/config';
import { SkippedServersReporter } from './testing/skipped-servers-reporter.js';

export default defineConfig({
  test: {
    // The second one's last line is what CI reads.
    reporters: ['default', new SkippedServersReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          // A property takes its seconds on a loaded machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['testing/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Real servers bind real ports and the machines have two cores.
          fileParallelism: false,
        },
      },
    ],
  },
});
