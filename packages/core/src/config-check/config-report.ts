import type { ConfigProblem, Position } from '../config/problems/config-problem.js';

/** What {@link checkConfigFile} has to say of one file. */
export interface ConfigReport {
  readonly file: string;
  /** Empty when an agent would run with it. */
  readonly problems: readonly ConfigProblem[];
  /** What an agent would run with, and somebody may have meant otherwise. */
  readonly warnings: readonly string[];
  readonly findings: readonly LintFinding[];
}

export interface LintFinding {
  readonly lint: ConfigLint;
  readonly job: string;
  readonly message: string;
}

/** `too-long-scrape-interval` is promtool's; `duplicate-targets` is ours. */
export const configLints = ['too-long-scrape-interval', 'duplicate-targets'] as const;
export type ConfigLint = (typeof configLints)[number];

/** Collects a report. */
export class ReportBuilder {
  readonly file: string;
  readonly problems: ConfigProblem[] = [];
  readonly warnings: string[] = [];
  readonly findings: LintFinding[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** Without `place`: it is in another file than the configuration, or in no single place. */
  refuse(file: string, message: string, place?: Position): void {
    const { line, column } = place ?? {};
    this.problems.push({ file, line, column, path: '', message });
  }

  build(): ConfigReport {
    const { file, problems, warnings, findings } = this;
    return { file, problems, warnings, findings };
  }
}
