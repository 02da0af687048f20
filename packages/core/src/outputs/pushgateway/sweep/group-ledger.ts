import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../../errors.js';
import { QueueFolders, tryRemove } from '../../queue/queue-folders.js';
import { heartbeatMs } from '../../queue/queue-owner.js';
import { groupPath, type PushGroup } from '../client/push-group.js';
import type { PushgatewayWriteOptions } from '../pushgateway-options.js';

/** Where the groups an output has made are written down. */
export interface LedgerStore {
  /** `agent.queue.path`. */
  readonly path: string;
  /** Who of this process it is, beside the other agents and threads. */
  readonly agent: string;
  readonly thread: number;
}

const fileName = 'groups';
/** A file that is mostly of groups that are gone is written anew. */
const mostSpareLines = 1_000;

/**
 * The groups this output has made and not deleted yet, on the disk: after a crash the next process reads
 * what this one wrote. One file per process and thread, a line for each group that is made or deleted;
 * who owns it, and who may take it over, is told by its folder as for a queue.
 */
export class GroupLedger {
  readonly #folders: QueueFolders;
  readonly #failed: (error: string) => void;
  readonly #groups = new Map<string, PushGroup>();
  #unwritten = '';
  /** In the file. */
  #lines = 0;
  #beatMs = 0;

  /**
   * @param failed told of each write the disk does not take
   * @throws PromAgentError QUEUE_UNUSABLE
   */
  constructor(
    { url, source }: Pick<PushgatewayWriteOptions, 'url' | 'source'>,
    store: LedgerStore,
    failed: (error: string) => void,
  ) {
    const root = path.join(store.path, folderOf(url, source));
    this.#folders = new QueueFolders(root, store.agent, store.thread);
    this.#failed = failed;
  }

  add(group: PushGroup): void {
    const key = groupPath(group);
    if (this.#groups.has(key)) return;
    this.#groups.set(key, group);
    this.#note('+', group);
  }

  delete(group: PushGroup): void {
    if (this.#groups.delete(groupPath(group))) this.#note('-', group);
  }

  /** Before a group is pushed: what is not written down is forgotten by a crash. */
  flush(): void {
    if (this.#unwritten === '') return;
    try {
      if (this.#lines > 2 * this.#groups.size + mostSpareLines) this.#rewrite();
      else appendFileSync(this.#file, this.#unwritten);
      this.#unwritten = '';
    } catch (error) {
      // It is tried again with the next group.
      this.#failed(messageOf(error));
    }
  }

  /** Groups of processes and threads that are gone; they are this ledger's from now on. */
  adopt(nowMs: number): PushGroup[] {
    try {
      const { folders } = this.#folders.adopt(nowMs);
      const files = folders.map((folder) => path.join(folder, fileName));
      const found = files.flatMap((file) => groupsIn(file));
      for (const group of found) this.add(group);
      this.flush();
      for (const file of files) {
        if (file === this.#file) continue;
        rmSync(file, { force: true });
        tryRemove(path.dirname(file));
      }
      return found;
    } catch (error) {
      this.#failed(messageOf(error));
      return [];
    }
  }

  /** A sign of life for those that cannot look for this process; call it often. */
  beat(nowMs: number): void {
    if (nowMs - this.#beatMs < heartbeatMs) return;
    this.#beatMs = nowMs;
    try {
      // Someone removed the folder: all of it is written anew.
      if (!this.#folders.beat(nowMs)) this.#rewrite();
    } catch (error) {
      this.#failed(messageOf(error));
    }
  }

  /** What is written is for the next process. */
  close(): void {
    try {
      if (this.#groups.size === 0) rmSync(this.#file, { force: true });
      else this.flush();
      this.#folders.release();
    } catch (error) {
      this.#failed(messageOf(error));
    }
  }

  get #file(): string {
    return path.join(this.#folders.own, fileName);
  }

  #note(sign: '+' | '-', group: PushGroup): void {
    this.#unwritten += `${sign}${JSON.stringify(group)}\n`;
    this.#lines++;
  }

  #rewrite(): void {
    const lines = [...this.#groups.values()].map((group) => `+${JSON.stringify(group)}\n`);
    writeFileSync(`${this.#file}.new`, lines.join(''));
    renameSync(`${this.#file}.new`, this.#file);
    this.#lines = lines.length;
  }
}

function folderOf(url: string, source: string): string {
  const where = new URL(url);
  where.username = '';
  where.password = '';
  const hash = createHash('sha256').update(`${where.href}\0${source}`).digest('hex').slice(0, 12);
  const name = (where.host + where.pathname).replace(/[^\w.-]+/g, '_').slice(0, 60);
  return path.join('pushgateway_write', `${source}-${name}-${hash}`);
}

function groupsIn(file: string): PushGroup[] {
  const groups = new Map<string, PushGroup>();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A process that died before it made a group, or removed with its folder.
    return [];
  }
  for (const line of text.split('\n')) {
    const group = parsed(line.slice(1));
    if (group === undefined) continue;
    if (line.startsWith('+')) groups.set(groupPath(group), group);
    else groups.delete(groupPath(group));
  }
  return [...groups.values()];
}

/** The last line may have been cut off by a crash. */
function parsed(json: string): PushGroup | undefined {
  try {
    const group: unknown = JSON.parse(json);
    groupPath(group as PushGroup);
    return group as PushGroup;
  } catch {
    return undefined;
  }
}
