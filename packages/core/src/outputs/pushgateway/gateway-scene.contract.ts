import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { Logger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type FakeGateway, startFakeGateway } from './client/fake-gateway.contract.js';
import type { PushgatewayParts } from './group-pushes.js';
import type { PushgatewayWriteOptions } from './pushgateway-options.js';
import type { LedgerStore } from './sweep/group-ledger.js';

export interface GatewayScene {
  readonly clock: ManualClock;
  readonly gateway: FakeGateway;
  readonly lines: string[];
  readonly options: PushgatewayWriteOptions;
  readonly parts: PushgatewayParts;
  /** Requests since the last call, `PUT /metrics/job/j`. */
  requests(): string[];
}

/** A loopback gateway, and what an output needs to push there by a clock that a test moves. */
export async function gatewayScene(
  given: Partial<PushgatewayWriteOptions> = {},
  ledgerStore?: LedgerStore,
): Promise<GatewayScene> {
  const clock = new ManualClock();
  const gateway = await startFakeGateway();
  const lines: string[] = [];
  const at =
    (level: string) =>
    (_: object, message: string): void => {
      lines.push(`${level} ${message}`);
    };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  const files = new FileTexts(clock, { run: (task) => task() });
  let seen = 0;
  return {
    clock,
    gateway,
    lines,
    parts: { clock, logger, http: { clock, files, userAgent: 'test' }, ledgerStore },
    options: {
      name: 'p',
      url: gateway.url,
      source: 'targets',
      method: 'PUT',
      job: undefined,
      grouping: {},
      intervalMs: 15_000,
      ttlMs: 60_000,
      onClose: 'push',
      timeoutMs: 10_000,
      compression: 'none',
      sendNativeHistograms: true,
      http: plainHttpClient,
      ...given,
    },
    requests() {
      const more = gateway.requests.slice(seen);
      seen += more.length;
      return more.map(({ method, path }) => `${method} ${path}`);
    },
  };
}

/** Lets sockets do their work until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('not in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
