const stopSignals = ['SIGTERM', 'SIGINT'] as const;

// A terminal's Ctrl-C reaches the whole process group, and npm and npx forward it once more.
const echoMs = 1000;

/** The wish to stop: an AbortSignal that the first SIGTERM or SIGINT aborts. */
export interface StopRequest {
  readonly signal: AbortSignal;
  /** Asks for the stop in another way than by a signal. */
  request(reason: string): void;
  /** Gives the signals back to Node. */
  dispose(): void;
}

/**
 * Listens for SIGTERM and SIGINT until disposed. The first aborts `signal`; another one, more than a
 * second later, calls `onImpatient`.
 */
export function listenForStop(onImpatient: (signal: NodeJS.Signals) => void): StopRequest {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      controller.abort(signal);
    } else if (nowMs - firstAtMs > echoMs) {
      onImpatient(signal);
    }
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    request: (reason) => controller.abort(reason),
    dispose() {
      for (const signal of stopSignals) process.off(signal, onSignal);
    },
  };
}
