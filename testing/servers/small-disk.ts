import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes free. */
  fill(leftBytes?: number): Promise<void>;
  /** Undoes {@link fill}. */
  makeRoom(): Promise<void>;
  remove(): void;
}

/** Whether a process here may mount one: root on Linux, in most containers not. */
export function canMount(): boolean {
  try {
    smallDisk('1m').remove();
    return true;
  } catch {
    return false;
  }
}

/** @param size as mount(8) takes it for tmpfs: `16m` */
export function smallDisk(size: string): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'prom-agent-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill(leftBytes = 0) {
      const { bavail, bsize } = await statfs(path);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
    },
    makeRoom: () => rm(ballast),
    remove() {
      execFileSync('umount', ['-l', path]);
      rmdirSync(path);
    },
  };
}
