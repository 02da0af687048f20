import { dirname } from 'node:path';
import type { DiscoveryConfig } from '../../config/agent-config.js';
import { messageOf } from '../../errors.js';
import type { Discovery, DiscoveryUpdate } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { joined, sameUpdate } from '../same-groups.js';
import type { SerialTasks } from '../serial-tasks.js';
import { WakeUp } from '../wake-up.js';
import { DirectoryWatcher } from './directory-watcher.js';
import { type FilePattern, parseFilePattern } from './file-pattern.js';
import { listMatching } from './matching-files.js';
import { isMissing, readTargetFile, type TargetFile } from './target-file.js';

export interface FileDiscoveryDeps extends DiscoveryDeps {
  /** Shared by all that read files. */
  readonly fileTasks: SerialTasks;
  /** For long files of YAML. Default: none. */
  readonly mayStartThreads?: boolean;
}

// Writers take several steps (truncate, write, rename): one read after they are done is enough.
const settleMs = 200;

/**
 * `file_sd_configs`: JSON and YAML files of target groups, read when their directory changes and at
 * each refresh interval. A bad file keeps its last good groups, a removed one gives them up.
 */
export class FileDiscovery implements Discovery {
  readonly kind = 'file';
  readonly #patterns: readonly FilePattern[];
  readonly #refreshIntervalMs: number;
  readonly #deps: FileDiscoveryDeps;
  #files: ReadonlyMap<string, TargetFile> = new Map();
  #unmatched: ReadonlySet<string> = new Set();

  constructor(config: DiscoveryConfig & { kind: 'file' }, deps: FileDiscoveryDeps) {
    this.#patterns = config.files.map(parseFilePattern);
    this.#refreshIntervalMs = config.refreshIntervalMs;
    this.#deps = deps;
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    const { clock, logger, fileTasks } = this.#deps;
    const wakeUp = new WakeUp(clock, settleMs);
    const directories = new Set(this.#patterns.map(({ directory }) => directory));
    const watcher = new DirectoryWatcher([...directories], () => wakeUp.changed(), logger);
    let last: DiscoveryUpdate | undefined;
    try {
      while (!signal.aborted) {
        watcher.arm();
        const update = await fileTasks.run(() => this.#refresh(signal));
        if (signal.aborted) break;
        if (last === undefined || !sameUpdate(last, update)) onUpdate(update);
        last = update;
        await wakeUp.sleep(this.#refreshIntervalMs, signal);
      }
    } finally {
      watcher.close();
      wakeUp.close();
    }
  }

  async #refresh(signal: AbortSignal): Promise<DiscoveryUpdate> {
    const files = new Map<string, TargetFile>();
    const unmatched = new Set<string>();
    const problems: string[] = [];
    const { clock, mayStartThreads } = this.#deps;
    const threads = mayStartThreads === true ? { signal } : undefined;
    for (const pattern of this.#patterns) {
      const paths = await this.#list(pattern, problems);
      for (const path of paths) {
        if (signal.aborted) break;
        const last = this.#files.get(path);
        const file = files.get(path) ?? (await readTargetFile(path, last, clock, threads));
        if (file !== undefined) files.set(path, file);
      }
      if (paths.length === 0) unmatched.add(pattern.path);
    }
    this.#reportUnmatched(unmatched);
    this.#files = files;
    for (const { problem } of files.values()) {
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length > 0 && !signal.aborted) this.#deps.attemptFailed();
    return {
      groups: joined(Array.from(files.values(), ({ groups }) => groups)),
      error: problems.length === 0 ? undefined : new Error(problems.join('; ')),
    };
  }

  /** The paths a pattern stands for; of a directory that cannot be listed, those it had last. */
  async #list(pattern: FilePattern, problems: string[]): Promise<string[]> {
    try {
      return await listMatching(pattern);
    } catch (error) {
      const { directory } = pattern;
      if (isMissing(error)) return [];
      problems.push(`cannot list ${directory}: ${messageOf(error)}`);
      return [...this.#files.keys()].filter((path) => dirname(path) === directory);
    }
  }

  // No error to Prometheus: the file may be written later. But most often the path is wrong.
  #reportUnmatched(unmatched: ReadonlySet<string>): void {
    for (const path of unmatched) {
      if (this.#unmatched.has(path)) continue;
      this.#deps.logger.warn(
        { path },
        'file discovery: no such file, so no targets from it so far',
      );
    }
    this.#unmatched = unmatched;
  }
}
