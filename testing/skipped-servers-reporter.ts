/** The part of vitest's reported tasks that is read here (vitest/node: TestModule, TestSuite, TestCase). */
interface ReportedTest {
  readonly type: 'test';
  readonly fullName: string;
  readonly options: { readonly mode: 'run' | 'only' | 'skip' | 'todo' };
  readonly parent: ReportedSuite | ReportedModule;
  result(): { readonly state: 'pending' | 'passed' | 'failed' | 'skipped' };
}

interface ReportedSuite {
  readonly type: 'suite';
  readonly parent: ReportedSuite | ReportedModule;
  readonly children: ReportedChildren;
  errors(): readonly unknown[];
}

interface ReportedModule {
  readonly type: 'module';
  readonly children: ReportedChildren & { array(): readonly (ReportedTest | ReportedSuite)[] };
  meta(): { missingServers?: readonly MissingServers[] };
  errors(): readonly unknown[];
  state(): string;
}

interface ReportedChildren {
  allTests(): Iterable<ReportedTest>;
}

/** Noted by `requireServer` in the meta of its file. */
export interface MissingServers {
  readonly programs: readonly string[];
  /** Index of the file's suite or test that was declared next. */
  readonly position: number;
}

/**
 * Ends a run with the tests that were skipped because a real server is missing and, as the last
 * line, the totals in a form a script can read: `12 passed, 0 failed, 3 skipped`.
 */
export class SkippedServersReporter {
  // Vitest's own summary is written when this event is over; ours has to come after it.
  onTestRunEnd(modules: readonly ReportedModule[], unhandledErrors: readonly unknown[]): void {
    const lines = [...skippedServers(modules), totalsLine(modules, unhandledErrors)];
    setImmediate(() => process.stdout.write(`${lines.join('\n')}\n`));
  }
}

/** No line when nothing was skipped for want of a server. */
export function skippedServers(modules: readonly ReportedModule[]): string[] {
  const byPrograms = new Map<string, string[]>();
  for (const module of modules) {
    const missing = module.meta().missingServers ?? [];
    for (const [index, child] of module.children.array().entries()) {
      const cause = missing.findLast(({ position }) => position <= index);
      if (cause === undefined) continue;
      const programs = cause.programs.join(' and ');
      const names = byPrograms.get(programs) ?? [];
      byPrograms.set(programs, [...names, ...skippedTests(child)]);
    }
  }
  const counts = [...byPrograms]
    .filter(([, names]) => names.length > 0)
    .map(([programs, { length }]) => `${programs} (${length} ${length === 1 ? 'test' : 'tests'})`);
  if (counts.length === 0) return [];
  const names = [...byPrograms.values()].flat().map((name) => `  ${name}`);
  return [`skipped because a real server is missing: ${counts.join(', ')}`, ...names];
}

function skippedTests(child: ReportedTest | ReportedSuite): string[] {
  const tests = child.type === 'test' ? [child] : [...child.children.allTests()];
  return tests.filter((test) => test.result().state === 'skipped').map((test) => test.fullName);
}

/** A file that does not load and an error outside any test count as one failed test each. */
export function totalsLine(
  modules: readonly ReportedModule[],
  unhandledErrors: readonly unknown[],
): string {
  const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    const failedBefore = totals.failed;
    for (const test of module.children.allTests()) totals[outcome(test)]++;
    if (totals.failed === failedBefore && module.state() === 'failed') totals.failed++;
  }
  return `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
}

function outcome(test: ReportedTest): 'passed' | 'failed' | 'skipped' {
  const { state } = test.result();
  if (state === 'passed' || state === 'failed') return state;
  return failedWithItsSuite(test) ? 'failed' : 'skipped';
}

// A beforeAll that throws fails its suite; vitest reports the tests in it as skipped.
function failedWithItsSuite(test: ReportedTest): boolean {
  if (test.options.mode === 'skip' || test.options.mode === 'todo') return false;
  let parent = test.parent;
  while (parent.type === 'suite' && parent.errors().length === 0) parent = parent.parent;
  return parent.errors().length > 0;
}
