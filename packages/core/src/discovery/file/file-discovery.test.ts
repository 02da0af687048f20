import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { describeDiscoveryContract } from '../discovery.contract.js';
import type { DiscoveryUpdate } from '../discovery.js';
import { SerialTasks } from '../serial-tasks.js';
import { FileDiscovery } from './file-discovery.js';

const never = 2 ** 50;

/** A folder with a file discovery on it; what it says is in `updates`. */
class Scene {
  readonly folder: string;
  readonly clock = new ManualClock();
  readonly fileTasks = new SerialTasks();
  readonly updates: DiscoveryUpdate[] = [];
  readonly warnings: object[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Scene> {
    return new Scene(await mkdtemp(join(tmpdir(), 'prom-agent-files-')));
  }

  discovery(patterns: string[], refreshIntervalMs = never): FileDiscovery {
    const warn: Logger['warn'] = (fields) => this.warnings.push(fields);
    const logger: Logger = { debug() {}, info() {}, error() {}, warn };
    const files = patterns.map((pattern) => join(this.folder, pattern));
    const deps = { clock: this.clock, logger, fileTasks: this.fileTasks, attemptFailed: () => {} };
    return new FileDiscovery({ kind: 'file', files, refreshIntervalMs }, deps);
  }

  async start(patterns: string[], refreshIntervalMs?: number): Promise<void> {
    const discovery = this.discovery(patterns, refreshIntervalMs);
    this.#running = discovery.run((update) => this.updates.push(update), this.#stop.signal);
    await this.until(() => this.updates.length === 1);
  }

  write(name: string, content: string | Uint8Array): Promise<void> {
    return writeFile(join(this.folder, name), content);
  }

  /** Waits for what files and sockets do in real time, while the clock goes on in small steps. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await turn();
      await this.clock.advance(100);
      await this.fileTasks.run(async () => {});
    }
  }

  /** The addresses found last. */
  get addresses(): (string | undefined)[] {
    const groups = this.updates.at(-1)?.groups ?? [];
    return groups.flatMap(({ targets }) => targets.map((labels) => labels.get('__address__')));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await rm(this.folder, { recursive: true });
  }
}

describeDiscoveryContract('FileDiscovery', async () => {
  const scene = await Scene.create();
  let version = 1;
  await scene.write('a.json', '[{"targets": ["a:1"], "labels": {"x": ""}}, {"targets": []}]');
  return {
    discovery: scene.discovery(['*.json', 'b.yml']),
    change: () => scene.write('a.json', `[{"targets": ["a:${++version}"]}]`),
    breakIt: () => scene.write('a.json', '{'),
    letItSee: async () => {
      await turn();
      await scene.clock.advance(100);
      await scene.fileTasks.run(async () => {});
    },
    pendingTimers: () => scene.clock.pendingTimers,
    close: () => scene.close(),
  };
});

describe('FileDiscovery', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.create();
  });
  afterEach(() => scene.close());

  it('sees a file that is written, replaced by a rename, and removed', async () => {
    await scene.start(['a.json']);
    expect(scene.addresses).toEqual([]);
    await scene.write('a.json', '[{"targets": ["a:1"]}]');
    await scene.until(() => scene.addresses[0] === 'a:1');
    await scene.write('new.tmp', '[{"targets": ["a:2"]}]');
    await rename(join(scene.folder, 'new.tmp'), join(scene.folder, 'a.json'));
    await scene.until(() => scene.addresses[0] === 'a:2');
    await rm(join(scene.folder, 'a.json'));
    await scene.until(() => scene.addresses.length === 0);
    expect(scene.updates.at(-1)?.error).toBeUndefined();
  });

  it('sees the swap of a symbolic link beside it, as in a Kubernetes config map', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(scene.folder, version));
      await scene.write(`${version}/a.yml`, `- targets: [${version}:1]`);
    }
    await symlink('v1', join(scene.folder, '..data'));
    await symlink('..data/a.yml', join(scene.folder, 'a.yml'));
    await scene.start(['a.yml']);
    expect(scene.addresses).toEqual(['v1:1']);
    await symlink('v2', join(scene.folder, '..tmp'));
    await rename(join(scene.folder, '..tmp'), join(scene.folder, '..data'));
    await scene.until(() => scene.addresses[0] === 'v2:1');
  });

  it('watches a directory again that was removed and made anew', async () => {
    await mkdir(join(scene.folder, 'sub'));
    await scene.write('sub/a.json', '[{"targets": ["a:1"]}]');
    await scene.start(['sub/*.json'], 10_000);
    await rm(join(scene.folder, 'sub'), { recursive: true });
    await scene.until(() => scene.addresses.length === 0);
    await mkdir(join(scene.folder, 'sub'));
    await scene.clock.advance(10_000);
    await scene.write('sub/a.json', '[{"targets": ["a:2"]}]');
    await scene.until(() => scene.addresses[0] === 'a:2');
    // This time no refresh is near: only the new watch can tell.
    await scene.clock.advance(1_000);
    const atMs = scene.clock.monotonicMs();
    await scene.write('sub/a.json', '[{"targets": ["a:3"]}]');
    await scene.until(() => scene.addresses[0] === 'a:3');
    expect(scene.clock.monotonicMs() - atMs).toBeLessThan(9_000);
  });

  it('reads again at each refresh interval what no watch can see', async () => {
    await mkdir(join(scene.folder, 'elsewhere'));
    await scene.write('elsewhere/a.json', '[{"targets": ["a:1"]}]');
    await symlink('elsewhere/a.json', join(scene.folder, 'a.json'));
    await scene.start(['a.json'], 300_000);
    await scene.write('elsewhere/a.json', '[{"targets": ["a:2"]}]');
    await scene.clock.advance(299_000);
    await scene.fileTasks.run(async () => {});
    expect(scene.updates).toHaveLength(1);
    await scene.clock.advance(1_000);
    await scene.until(() => scene.addresses[0] === 'a:2');
  });

  it('reads once for a burst of changes', async () => {
    await scene.start(['*.json']);
    for (let i = 0; i < 50; i++) await scene.write(`${i % 7}.json`, `[{"targets": ["a:${i}"]}]`);
    await scene.until(() => scene.updates.length > 1);
    expect(scene.updates).toHaveLength(2);
    expect(scene.addresses).toHaveLength(7);
  });

  it('a bad file keeps its last good groups, and the others go on', async () => {
    await scene.write('a.json', '[{"targets": ["a:1"]}]');
    await scene.write('b.yml', '- targets: [b:1]');
    await scene.start(['*.json', '*.yml']);
    await scene.write('a.json', '[{"targets": "a:2"}]');
    await scene.write('b.yml', '- targets: [b:2]');
    await scene.until(
      () => scene.updates.at(-1)?.error !== undefined && scene.addresses[1] === 'b:2',
    );
    expect(scene.addresses).toEqual(['a:1', 'b:2']);
    const problem = `${join(scene.folder, 'a.json')}: group 1, targets: expected a list of host:port`;
    expect(scene.updates.at(-1)?.error?.message).toBe(problem);
    await rm(join(scene.folder, 'a.json'));
    await scene.until(() => scene.addresses.length === 1);
    expect(scene.updates.at(-1)?.error).toBeUndefined();
  });

  it('what cannot be read is an error, not a removal', async () => {
    await scene.write('a.json', '[{"targets": ["a:1"]}]');
    await scene.start(['a.json']);
    await rm(join(scene.folder, 'a.json'));
    await mkdir(join(scene.folder, 'a.json'));
    await scene.until(() => scene.updates.length > 1);
    expect(scene.addresses).toEqual(['a:1']);
    expect(scene.updates.at(-1)?.error?.message).toMatch(/^cannot read .*a\.json: EISDIR/);
  });

  it('a file that two patterns match is read once', async () => {
    await scene.write('a.json', '[{"targets": ["a:1"]}]');
    await scene.start(['*.json', 'a.json', '[a-c].json', '?.json', 'b.json']);
    expect(scene.addresses).toEqual(['a:1']);
  });

  it('says which pattern matches no file, once', async () => {
    await scene.write('a.json', '[]');
    await scene.start(['a.json', 'b.json', 'none/*.yml'], 1_000);
    await scene.clock.advance(5_000);
    await scene.fileTasks.run(async () => {});
    const none = (name: string) => ({ path: join(scene.folder, name) });
    expect(scene.warnings).toEqual([none('b.json'), none('none/*.yml')]);
  });
});
