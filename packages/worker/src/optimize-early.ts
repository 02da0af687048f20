import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs through before V8 thinks of optimising it. */
const interruptBudget = 10_000;

/**
 * Node.js 20 takes minutes to optimise what a scrape thread does a hundred times a second, and until
 * then it costs a sixth more (docs/decisions/0029). Later versions have a compiler in between, and no such
 * flag. It is one of the whole process, so the worker's alone.
 */
export function optimizeEarly(): void {
  if (process.versions.v8.startsWith('11.')) {
    setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
  }
}
