import { KnownFamilies } from '../known-families.js';
import type { Output, OutputStatus } from '../output.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { BodyBuffers } from './body/body-buffers.js';
import { type MadeBody, protobufBody, textBody } from './body/group-body.js';
import { GroupValues } from './body/group-values.js';
import { SharedTexts } from './body/shared-texts.js';
import { GroupLabels, groupOf } from './body/target-group.js';
import { TextTemplate } from './body/text-template.js';
import type { GatewayVersion } from './gateway/gateway-version.js';
import { GroupPushes, type PushgatewayParts } from './group-pushes.js';
import type { PushgatewayWriteOptions } from './pushgateway-options.js';
import type { PushedGroup } from './send/pushed-group.js';

/** Stamps of a target lie on its grid, give or take what a timer is late. */
const mostSlackMs = 1_000;

interface PushedTarget {
  readonly pushed: PushedGroup;
  readonly values: GroupValues;
  /** Stamp of the last state that was handed over to be pushed. */
  stampMs: number;
  /** A newer state waits for its interval. */
  isAhead: boolean;
}

/**
 * `source: targets`. Each target of the thread is a group, replaced after each scrape, at most once an
 * interval: what has left the target leaves the group. After a scrape that failed the group says `up 0`
 * and nothing else of the target.
 */
export class TargetPushes implements Output {
  readonly name: string;
  readonly hasRoom = true;
  readonly #options: PushgatewayWriteOptions;
  readonly #pushes: GroupPushes;
  readonly #targets = new Map<string, PushedTarget>();
  readonly #buffers = new BodyBuffers();
  readonly #shared = { texts: new SharedTexts(), families: new KnownFamilies() };
  #closed: Promise<void> | undefined;

  constructor(options: PushgatewayWriteOptions, parts: PushgatewayParts) {
    this.name = options.name;
    this.#options = options;
    this.#pushes = new GroupPushes(options, parts);
  }

  append(batch: ScrapeBatch): void {
    // Markers alone: the target is gone, and its group stays until the ttl is over.
    if (batch.count === 0 || this.#closed !== undefined) return;
    const target = this.#targets.get(batch.targetId) ?? this.#add(batch);
    if (!target.values.take(batch)) return;
    target.isAhead = !this.#isDue(target);
    if (!target.isAhead) this.#update(target);
  }

  flush(): Promise<void> {
    return this.#pushes.settled();
  }

  /** Nothing is queued but the last state of each target. */
  makeRoom(): void {}

  forget(targetId: string): void {
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    this.#targets.delete(targetId);
    if (target.isAhead) this.#update(target);
    this.#pushes.remove(target.pushed);
    target.pushed.whenPushed(() => target.values.close());
  }

  get memoryBytes(): number {
    let bytes = this.#buffers.memoryBytes + this.#shared.texts.memoryBytes;
    for (const { values } of this.#targets.values()) bytes += values.memoryBytes;
    return bytes;
  }

  status(): OutputStatus {
    return this.#pushes.status();
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  #add(batch: ScrapeBatch): PushedTarget {
    const group = groupOf(batch.targetLabels ?? new Map(), this.#options);
    const { sendNativeHistograms } = this.#options;
    const values = new GroupValues(new GroupLabels(group), sendNativeHistograms, this.#shared);
    const pushed = this.#pushes.add(group, (version) => this.#makeBody(values, version));
    const target = { pushed, values, stampMs: Number.NEGATIVE_INFINITY, isAhead: false };
    this.#targets.set(batch.targetId, target);
    return target;
  }

  #makeBody(group: GroupValues, version: GatewayVersion): MadeBody | Promise<MadeBody> {
    const { form, values } = group;
    if (form instanceof TextTemplate) return textBody(form, values, this.#buffers);
    return version.abilities().then((abilities) => protobufBody(form, group, abilities));
  }

  #isDue({ values, stampMs }: PushedTarget): boolean {
    const { intervalMs } = this.#options;
    const sinceMs = values.timestampMs - stampMs;
    // Before the last one: the clock was set.
    return sinceMs < 0 || sinceMs >= intervalMs - Math.min(mostSlackMs, intervalMs * 0.4);
  }

  #update(target: PushedTarget): void {
    const { samples, timestampMs } = target.values;
    target.stampMs = timestampMs;
    target.isAhead = false;
    target.pushed.update({ samples, timestampMs });
  }

  async #close(deadlineMs: number): Promise<void> {
    for (const target of this.#targets.values()) if (target.isAhead) this.#update(target);
    await this.#pushes.close(deadlineMs);
    this.#targets.clear();
  }
}
