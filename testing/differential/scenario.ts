import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedBody } from '../exporters/serve-body.js';

/** Where a target may be, as `host:port`. */
export interface Addresses {
  readonly exporter: string;
  /** The same exporter on another port. */
  readonly other: string;
  /** Nobody listens there. */
  readonly nobody: string;
}

/** The answer to a scrape: text or a body with its headers, or whatever a handler does. */
export type ScenarioAnswer =
  | string
  | ServedBody
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** One job of both agents, and what its exporter does. */
export interface Scenario {
  readonly name: string;
  /** The fields of its scrape config that matter. Default: none, one target. */
  readonly job?: object | ((at: Addresses) => object);
  /**
   * The answer to the `scrape`th scrape (from 0) of each agent; text is given as 0.0.4. `startMs`
   * is a time before all scrapes, for timestamps of the exporter's own. Default: `m <scrape>`.
   */
  readonly answer?: (scrape: number, startMs: number) => ScenarioAnswer;
  /** What `/<scenario>/to/…?scrape=<n>` answers. */
  readonly redirected?: (scrape: number) => ScenarioAnswer;
  /** Scrapes that are compared. Default 8. */
  readonly scrapes?: number;
}

export const defaultScrapes = 8;

/** The lines of a body, with its last newline. */
export function text(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

export const openMetrics = { 'content-type': 'application/openmetrics-text; version=1.0.0' };
