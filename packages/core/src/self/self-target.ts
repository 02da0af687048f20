import type { Clock, ClockTimer } from '../clock.js';
import { messageOf } from '../errors.js';
import type { EscapingScheme } from '../exposition/content-type.js';
import { recycleChunk } from './chunk-pool.js';
import type { RegistryRenderer } from './registry-renderer.js';

/** Of the bodies that are handed to a thread. */
export type SelfFormat = 'text' | 'protobuf';

const contentTypes: Readonly<Record<SelfFormat, string>> = {
  text: 'text/plain; version=0.0.4',
  protobuf: 'application/vnd.google.protobuf',
};

export interface SelfTargetOptions {
  readonly renderer: RegistryRenderer;
  readonly format: SelfFormat;
  /** Of names beyond the classic ones, asked before each render. Default: they stay as they are. */
  readonly escaping?: () => EscapingScheme;
  readonly clock: Clock;
  /** The first tick after a time, on the target's own grid. */
  nextTickMs(afterMs: number): number;
  /** Takes a rendered body to the thread that owns the target. */
  push(
    timestampMs: number,
    pushed: {
      body: Uint8Array;
      contentType: string;
      durationMs: number;
      error: string | undefined;
    },
  ): void;
}

/**
 * The service's own registry as a target: rendered here in slices on the target's grid and handed to
 * a scrape thread as bytes. No HTTP to oneself, and nothing when the last render still runs.
 */
export class SelfTarget {
  readonly #options: SelfTargetOptions;
  #timer: ClockTimer | undefined;
  #rendering = false;
  #closed = false;

  constructor(options: SelfTargetOptions) {
    this.#options = options;
  }

  start(): void {
    this.#arm();
  }

  /** A last render; no other follows. */
  async finish(): Promise<void> {
    this.#timer?.cancel();
    if (!this.#closed) await this.#render(this.#options.clock.nowMs());
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, nextTickMs } = this.#options;
    const nowMs = clock.nowMs();
    const tickMs = nextTickMs(nowMs);
    this.#timer = clock.setTimer(tickMs - nowMs, () => {
      if (this.#closed) return;
      if (!this.#rendering) void this.#render(tickMs);
      this.#arm();
    });
  }

  async #render(timestampMs: number): Promise<void> {
    const { clock, renderer, format, escaping, push } = this.#options;
    this.#rendering = true;
    const startMs = clock.monotonicMs();
    let body: Uint8Array = new Uint8Array(0);
    let error: string | undefined;
    try {
      const chunks: Uint8Array[] = [];
      const request = { format: { format, escaping: escaping?.() ?? 'allow-utf-8' } };
      for await (const chunk of renderer.render(request)) chunks.push(chunk);
      body = Buffer.concat(chunks);
      chunks.forEach(recycleChunk);
    } catch (cause) {
      error = `the registry could not be rendered: ${messageOf(cause)}`;
    }
    this.#rendering = false;
    if (this.#closed) return;
    const contentType = contentTypes[format];
    push(timestampMs, { body, contentType, durationMs: clock.monotonicMs() - startMs, error });
  }
}
