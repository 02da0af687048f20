import type { Output, OutputStatus } from '../output.js';
import { countMetrics } from './body/count-metrics.js';
import { groupPath, type PushGroup } from './client/push-group.js';
import type { PushBody } from './client/push-request.js';
import { GroupPushes, type PushgatewayParts } from './group-pushes.js';
import type { PushgatewayWriteOptions } from './pushgateway-options.js';
import type { PushedGroup } from './send/pushed-group.js';

/** A body of the service's own registry, for the group it goes by now. */
export interface RegistryPush {
  readonly group: PushGroup;
  readonly body: Uint8Array;
  readonly format: PushBody['format'];
  readonly timestampMs: number;
  /** Why there is no body. */
  readonly error: string | undefined;
}

/**
 * `source: self`. The main thread renders the registry on the grid of the output and hands it over; no
 * scrape is pushed. Of the threads one gets the bodies.
 */
export class RegistryPushes implements Output {
  readonly name: string;
  readonly hasRoom = true;
  readonly #pushes: GroupPushes;
  #pushed: PushedGroup | undefined;
  #body: PushBody = { bytes: new Uint8Array(0), format: 'text' };
  #isFailing = false;
  #closed: Promise<void> | undefined;

  constructor(options: PushgatewayWriteOptions, parts: PushgatewayParts) {
    this.name = options.name;
    this.#pushes = new GroupPushes(options, parts);
  }

  /** The newest state; one that waits still is replaced. */
  take(push: RegistryPush): void {
    if (this.#closed !== undefined || !this.#isRendered(push)) return;
    const { body: bytes, format, timestampMs } = push;
    this.#body = { bytes, format };
    this.#groupOf(push).update({ samples: countMetrics(this.#body), timestampMs });
  }

  append(): void {}

  flush(): Promise<void> {
    return this.#pushes.settled();
  }

  makeRoom(): void {}

  forget(): void {}

  get memoryBytes(): number {
    return this.#body.bytes.length;
  }

  status(): OutputStatus {
    return this.#pushes.status();
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#pushes.close(deadlineMs);
    return this.#closed;
  }

  #isRendered({ error }: RegistryPush): boolean {
    const { log } = this.#pushes;
    if (error !== undefined && !this.#isFailing) log.warn({ error }, 'no push of the own registry');
    if (error === undefined && this.#isFailing) log.note({}, 'the own registry is pushed again');
    this.#isFailing = error !== undefined;
    return error === undefined;
  }

  /** The service listens elsewhere than it was taken for: the group of before is left to the ttl. */
  #groupOf({ group }: RegistryPush): PushedGroup {
    const before = this.#pushed;
    if (before !== undefined && groupPath(before.group) === groupPath(group)) return before;
    if (before !== undefined) this.#pushes.remove(before);
    // Whatever is sent is what the registry was last.
    this.#pushed = this.#pushes.add(group, () => this.#body);
    return this.#pushed;
  }
}
