// A batch job of 50 ms: with-job.test.ts runs it. Prints how long its push took, and what came of it.
import { setTimeout as delay } from 'node:timers/promises';
import { withJob } from '@prom-agent/core/push';

const [url, deadlineMs, isFailing] = process.argv.slice(2);
let endMs = 0;

try {
  await withJob(
    'nightly',
    async () => {
      await delay(50);
      endMs = performance.now();
      if (isFailing) throw new Error('the disk is full');
    },
    {
      url,
      deadlineMs: Number(deadlineMs),
      onPush: ({ outcome, words }) => console.log(JSON.stringify({ outcome, words })),
    },
  );
} catch (error) {
  console.log(error.message);
  process.exitCode = 3;
}
console.log(Math.round(performance.now() - endMs));
