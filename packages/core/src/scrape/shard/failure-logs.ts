import { appendFile } from 'node:fs/promises';
import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { FileTurns } from '../../http-client/file-texts.js';

/** Lines that wait for a slow disk; beyond, newer ones are left out. */
const mostWaitingBytes = 256 * 1024;

export interface FailureLine {
  readonly job: string;
  readonly target: string;
  readonly message: string;
}

interface WaitingLines {
  text: string;
  leftOut: number;
  /** The write under way; never rejects. */
  writing: Promise<void> | undefined;
  /** The last write failed, and it was said. */
  isFailing: boolean;
}

/**
 * The files of `scrape_failure_log_file`: a JSON line per failed scrape, with the fields of
 * Prometheus 3.5 (util/logging/file.go). Files are opened anew for each write, so one that was moved
 * away is made again; several threads may append to one.
 */
export class FailureLogs {
  readonly #clock: Clock;
  readonly #turns: FileTurns;
  readonly #warn: (fields: object, message: string) => void;
  readonly #files = new Map<string, WaitingLines>();

  constructor(clock: Clock, turns: FileTurns, warn: (fields: object, message: string) => void) {
    this.#clock = clock;
    this.#turns = turns;
    this.#warn = warn;
  }

  append(file: string, { job, target, message }: FailureLine): void {
    const lines = this.#of(file);
    const time = new Date(this.#clock.nowMs()).toISOString();
    const source = 'scrape-loop.ts';
    const line = { time, level: 'ERROR', source, msg: message, job_name: job, target };
    if (lines.text.length < mostWaitingBytes) lines.text += `${JSON.stringify(line)}\n`;
    else lines.leftOut++;
    this.#write(file, lines);
  }

  /** Ends when all lines are written, or at the latest after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    const writing = [...this.#files.values()].flatMap((lines) => lines.writing ?? []);
    if (writing.length === 0) return;
    let timer: ClockTimer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(withinMs, resolve);
    });
    await Promise.race([Promise.all(writing), late]);
    timer?.cancel();
  }

  #of(file: string): WaitingLines {
    let lines = this.#files.get(file);
    if (lines === undefined) {
      lines = { text: '', leftOut: 0, writing: undefined, isFailing: false };
      this.#files.set(file, lines);
    }
    return lines;
  }

  #write(file: string, lines: WaitingLines): void {
    lines.writing ??= this.#writeAll(file, lines).finally(() => {
      lines.writing = undefined;
    });
  }

  async #writeAll(file: string, lines: WaitingLines): Promise<void> {
    while (lines.text !== '') {
      try {
        await this.#turns.run(() => {
          const { text } = lines;
          lines.text = '';
          return appendFile(file, text);
        });
        this.#written(file, lines);
      } catch (error) {
        this.#failed(file, lines, messageOf(error));
      }
    }
  }

  #written(file: string, lines: WaitingLines): void {
    lines.isFailing = false;
    if (lines.leftOut === 0) return;
    const words = 'scrape_failure_log_file takes lines too slowly: some were left out';
    this.#warn({ file, lines: lines.leftOut }, words);
    lines.leftOut = 0;
  }

  #failed(file: string, lines: WaitingLines, error: string): void {
    if (!lines.isFailing) {
      this.#warn({ file, error }, 'failed scrapes cannot be written to scrape_failure_log_file');
    }
    lines.isFailing = true;
  }
}
