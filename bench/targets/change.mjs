// What one target that changes costs when the file of all is read again, part by part.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { relabelConfigs } from './workload.mjs';

// Of the parts there is no public entry: they are measured where they are.
const dist = path.join(import.meta.dirname, '..', '..', 'packages', 'core', 'dist');
const groupFile = path.join(dist, 'discovery', 'file', 'target-group-file.js');
const { readTargetGroupFile } = await import(groupFile);
const { TargetBuilds } = await import(path.join(dist, 'targets', 'target-builds.js'));
const { resolveConfig } = await import(path.join(dist, 'config', 'resolve-config.js'));
const { systemClock } = await import(path.join(dist, 'clock.js'));
const { silentLogger } = await import(path.join(dist, 'logger.js'));

const changeCount = 10;

/** The first reading, which is not measured, and ten changes: the last target comes and goes. */
export async function changesOfOne(file, write, collectGarbage) {
  const { scrapeConfigs } = await resolveConfig(
    { scrapeConfigs: [{ jobName: 'j', relabelConfigs, fileSdConfigs: [{ files: [file] }] }] },
    {},
  );
  let changed = 0;
  const builds = new TargetBuilds({
    clock: systemClock,
    logger: silentLogger,
    onChanges: (_job, { added, removed }) => {
      changed += added.length + removed.length;
    },
  });
  builds.setJob(scrapeConfigs[0]);
  let last;
  const rows = [];
  for (let i = 0; i <= changeCount; i++) {
    write(i % 2);
    collectGarbage();
    changed = 0;
    const startMs = performance.now();
    const bytes = await readFile(file);
    const readAtMs = performance.now();
    last = await readTargetGroupFile(file, bytes, systemClock, last?.list);
    const comparedMs = performance.now();
    builds.setGroups('j', last.groups);
    await builds.idle();
    const builtMs = performance.now();
    if (i === 0) continue;
    if (changed !== 1) throw new Error(`${changed} targets changed, not one`);
    rows.push({
      readMs: readAtMs - startMs,
      compareMs: comparedMs - readAtMs,
      buildMs: builtMs - comparedMs,
    });
  }
  return rows;
}
