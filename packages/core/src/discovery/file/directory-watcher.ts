import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { isMissing } from './target-file.js';

/**
 * Tells that something happened in one of some directories. A directory and not a file is watched:
 * editors and Kubernetes replace files by renaming others over them.
 */
export class DirectoryWatcher {
  readonly #directories: readonly string[];
  readonly #onChange: () => void;
  readonly #logger: Logger;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #failed = new Set<string>();

  constructor(directories: readonly string[], onChange: () => void, logger: Logger) {
    this.#directories = directories;
    this.#onChange = onChange;
    this.#logger = logger;
  }

  /** Watches what is not watched yet, or no longer; to be called before each read. */
  arm(): void {
    for (const directory of this.#directories) {
      if (!this.#watchers.has(directory)) this.#watch(directory);
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false });
      this.#watchers.set(directory, watcher);
      this.#failed.delete(directory);
      watcher.on('change', (_event, fileName) => {
        // The name of the directory itself: it was removed or moved, and its watch went with it.
        if (fileName === basename(directory)) this.#drop(directory, watcher);
        this.#onChange();
      });
      watcher.on('error', (error) => {
        this.#drop(directory, watcher);
        this.#reportOnce(directory, error);
      });
    } catch (error) {
      this.#reportOnce(directory, error);
    }
  }

  #drop(directory: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(directory) === watcher) this.#watchers.delete(directory);
  }

  #reportOnce(directory: string, error: unknown): void {
    // That there is no directory is said with the files that are missed.
    if (isMissing(error) || this.#failed.has(directory)) return;
    this.#failed.add(directory);
    this.#logger.warn(
      { directory, err: messageOf(error) },
      'cannot watch a directory for changes: its files are read at each refresh_interval only',
    );
  }
}
