import type { Clock, ClockTimer } from '../../../clock.js';
import type { Metadata } from '../../../model/metadata.js';
import type { DeliveryStats } from '../../delivery/delivery-stats.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import { compressed, field } from '../../wire/request-parts.js';
import { typeNumbers } from '../../wire/type-numbers.js';
import type { MetadataOptions } from '../remote-write-options.js';
import type { Endpoint } from './endpoint.js';

// Protobuf tags of remote write 1.0 (prompb/remote.proto, types.proto).
const metadataTag = 0x1a; // WriteRequest.metadata = 3
const typeTag = 0x08; // MetricMetadata.type = 1
const familyTag = 0x12; // MetricMetadata.metric_family_name = 2
const helpTag = 0x22; // MetricMetadata.help = 4
const unitTag = 0x2a; // MetricMetadata.unit = 5

/** Before a text, a number of attempts like Prometheus' own: metadata comes again anyway. */
const mostAttempts = 3;

export interface MetadataSenderParts {
  readonly clock: Clock;
  readonly options: MetadataOptions;
  readonly stats: DeliveryStats;
  readonly endpoint: Endpoint;
  /** One of its own. */
  readonly connection: number;
}

interface KnownFamily {
  readonly key: string;
  readonly message: Uint8Array;
  targets: number;
}

/** Sends what targets say of their metric families, apart from samples, again and again: remote write 1.0. */
export class MetadataSender {
  readonly #parts: MetadataSenderParts;
  readonly #families = new Map<string, KnownFamily>();
  // The families themselves, not their keys: 300 targets of one kind would keep 300 copies of each
  // key, 11 MiB in all (bench: scrape, 300 targets).
  readonly #ofTarget = new Map<string, { version: number; families: readonly KnownFamily[] }>();
  #timer: ClockTimer | undefined;
  #stopped = false;

  constructor(parts: MetadataSenderParts) {
    this.#parts = parts;
  }

  get memoryBytes(): number {
    let bytes = 0;
    for (const [key, { message }] of this.#families) bytes += 2 * key.length + message.length + 100;
    return bytes;
  }

  /** Half a millisecond a target, when its HELP and TYPE lines are new. */
  note({ targetId, families }: ScrapeBatch): void {
    if (families === undefined) return;
    const { version } = families;
    if (this.#ofTarget.get(targetId)?.version !== version) {
      this.#learn(targetId, version, families.read());
    }
  }

  #learn(targetId: string, version: number, families: ReadonlyMap<string, Metadata>): void {
    this.forget(targetId);
    const known: KnownFamily[] = [];
    for (const [name, metadata] of families) {
      const key = `${name}\0${metadata.type}\0${metadata.unit}\0${metadata.help}`;
      let family = this.#families.get(key);
      if (family === undefined) {
        family = { key, message: metadataMessage(name, metadata), targets: 0 };
        this.#families.set(key, family);
      }
      family.targets++;
      known.push(family);
    }
    this.#ofTarget.set(targetId, { version, families: known });
    if (!this.#stopped) this.#schedule();
  }

  forget(targetId: string): void {
    const target = this.#ofTarget.get(targetId);
    if (target === undefined) return;
    this.#ofTarget.delete(targetId);
    for (const family of target.families) {
      if (--family.targets === 0) this.#families.delete(family.key);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    const { clock, options } = this.#parts;
    this.#timer ??= clock.setTimer(options.sendIntervalMs, () => void this.#send());
  }

  async #send(): Promise<void> {
    const messages = [...this.#families.values()].map(({ message }) => message);
    const { maxSamplesPerSend: most } = this.#parts.options;
    for (let from = 0; from < messages.length; from += most) {
      const body = compressed(Buffer.concat(messages.slice(from, from + most)));
      for (let attempt = 1; attempt <= mostAttempts; attempt++) {
        const isDone = await this.#post(body);
        if (this.#stopped) return;
        if (isDone) break;
      }
    }
    this.#timer = undefined;
    if (this.#families.size > 0) this.#schedule();
  }

  /** True when the receiver took it or will never take it. */
  async #post(body: Uint8Array): Promise<boolean> {
    const { clock, stats, endpoint, connection } = this.#parts;
    const { status } = await stats.post(
      body.length,
      () => clock.monotonicMs(),
      () => endpoint.post(connection, body, 0),
    );
    return status !== 0 && status < 500;
  }
}

function metadataMessage(name: string, { type, help, unit }: Metadata): Uint8Array {
  const fields: Uint8Array[] = [];
  const number = typeNumbers[type];
  if (number > 0) fields.push(Uint8Array.of(typeTag, number));
  fields.push(field(familyTag, Buffer.from(name)));
  if (help !== '') fields.push(field(helpTag, Buffer.from(help)));
  if (unit !== '') fields.push(field(unitTag, Buffer.from(unit)));
  return field(metadataTag, Buffer.concat(fields));
}
