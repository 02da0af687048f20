import type { Discovery, DiscoveryUpdate } from './discovery.js';

/** One of those who run a shared discovery. */
export interface Subscriber {
  readonly onUpdate: (update: DiscoveryUpdate) => void;
  readonly attemptFailed: () => void;
}

interface Running {
  readonly subscribers: Set<Subscriber>;
  readonly stop: AbortController;
  last: DiscoveryUpdate | undefined;
  ended: Promise<void>;
}

/**
 * Discoveries that several jobs configure alike run once, as in Prometheus (discovery/manager.go):
 * twenty jobs that keep their part of one Consul ask it no more than one job does.
 */
export class SharedDiscoveries {
  readonly #running = new Map<string, Running>();

  /**
   * A discovery of this configuration, one for each job that wants it. The first one that runs starts
   * what `create` makes, the last one ends it.
   */
  of(
    key: string,
    kind: string,
    create: (attemptFailed: () => void) => Discovery,
    attemptFailed: () => void,
  ): Discovery {
    return {
      kind,
      run: async (onUpdate, signal) => {
        if (signal.aborted) return;
        await this.#subscribe(key, create, { onUpdate, attemptFailed }, signal);
      },
    };
  }

  async #subscribe(
    key: string,
    create: (attemptFailed: () => void) => Discovery,
    subscriber: Subscriber,
    signal: AbortSignal,
  ): Promise<void> {
    const running = this.#running.get(key) ?? this.#start(key, create);
    running.subscribers.add(subscriber);
    signal.addEventListener('abort', () => this.#leave(key, running, subscriber), { once: true });
    if (running.last !== undefined) subscriber.onUpdate(running.last);
    await Promise.race([running.ended, aborted(signal)]);
    // Whoever leaves last waits until sockets and timers are released.
    if (running.subscribers.size === 0) await running.ended;
  }

  #start(key: string, create: (attemptFailed: () => void) => Discovery): Running {
    const running: Running = {
      subscribers: new Set(),
      stop: new AbortController(),
      last: undefined,
      ended: Promise.resolve(),
    };
    this.#running.set(key, running);
    const discovery = create(() => {
      for (const { attemptFailed } of running.subscribers) attemptFailed();
    });
    // In a turn of its own: the one that starts it has to be there when it calls for the first time.
    running.ended = Promise.resolve().then(() => this.#run(discovery, running));
    return running;
  }

  #run(discovery: Discovery, running: Running): Promise<void> {
    return discovery.run((update) => {
      running.last = update;
      for (const { onUpdate } of running.subscribers) onUpdate(update);
    }, running.stop.signal);
  }

  #leave(key: string, running: Running, subscriber: Subscriber): void {
    running.subscribers.delete(subscriber);
    if (running.subscribers.size > 0) return;
    if (this.#running.get(key) === running) this.#running.delete(key);
    running.stop.abort();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
