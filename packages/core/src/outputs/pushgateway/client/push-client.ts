import { messageOf } from '../../../errors.js';
import type { KeptClient } from '../../../http-client/connections.js';
import { createTransport } from '../../../http-client/create-transport.js';
import type { HttpClientConfig } from '../../../http-client/http-client-config.js';
import { isDeadSocket } from '../../../http-client/http-failure.js';
import type { Hop, HttpClientDeps, HttpTransport } from '../../../http-client/http-transport.js';
import type { RequestHeaders } from '../../../http-client/request-secrets.js';
import { Exchange, type PostResult } from '../../delivery/exchange.js';
import { judge } from '../../delivery/verdict.js';
import { withoutSecrets } from '../../delivery/without-secrets.js';
import { gatewayUrl } from './gateway-url.js';
import { groupPath, type PushGroup } from './push-group.js';
import type { PushMethod, PushRequest, PushResult } from './push-request.js';
import { WireBodies, type WireBody } from './wire-body.js';

/** As in http-client.ts: Prometheus keeps idle sockets for five minutes. */
const keepAliveMs = 5 * 60_000;
const connectTimeoutMs = 10_000;

export interface PushClientOptions {
  /** As {@link gatewayUrl} takes it. */
  readonly url: string;
  readonly http: HttpClientConfig;
  /** Gateways before 1.5 take no gzip. */
  readonly compression: 'gzip' | 'none';
}

/** Where a group is pushed to. */
interface Address {
  readonly url: URL;
  /** The last first hop, over whatever connection: groups are pushed again and again. */
  kept: KeptHop | undefined;
}

interface KeptHop {
  readonly method: PushMethod;
  readonly headers: RequestHeaders;
  readonly generation: number;
  readonly hop: Hop;
}

interface Prepared extends Pick<PushRequest, 'method' | 'timeoutMs'>, WireBody {
  readonly address: Address;
  readonly endMs: number;
}

/** A kept connection, and whether it has been answered before. */
interface Lane {
  client: KeptClient;
  hasServed: boolean;
}

/**
 * Pushes to one Pushgateway over kept connections, one for each push that is under way. Opens
 * nothing before the first push. None of its sockets and timers keeps the process alive.
 */
export class PushClient {
  readonly #url: string;
  readonly #deps: HttpClientDeps;
  readonly #transport: HttpTransport;
  readonly #mask: ReturnType<typeof withoutSecrets>;
  readonly #bodies: WireBodies;
  readonly #idle: Lane[] = [];
  readonly #addresses = new WeakMap<PushGroup, Address>();
  /** Of bodies, compressed. */
  bytesSent = 0;

  /** @throws PromAgentError PUSH_INVALID for a URL that is none */
  constructor(options: PushClientOptions, deps: HttpClientDeps) {
    const { http } = options;
    this.#bodies = new WireBodies(options.compression, deps.userAgent);
    this.#url = gatewayUrl(options.url);
    this.#deps = deps;
    this.#mask = withoutSecrets({ url: this.#url, http });
    this.#transport = createTransport(http, deps, { keepAliveMs, connectTimeoutMs });
  }

  /**
   * One push. Rejects for nothing that a network or a gateway does. The body must not change until
   * it resolves.
   * @throws PromAgentError PUSH_INVALID for a group that no gateway takes
   */
  async push(request: PushRequest): Promise<PushResult> {
    const { group, method, body, timeoutMs } = request;
    const { clock } = this.#deps;
    const address = this.#addressOf(group);
    const endMs = clock.monotonicMs() + timeoutMs;
    const making = this.#bodies.of(body);
    const { headers, bytes } = making instanceof Promise ? await making : making;
    const prepared = { address, method, headers, bytes, endMs, timeoutMs };
    let sent = await this.#send(prepared);
    // A kept connection may have died unseen; every push may be sent twice.
    if (sent.isStale) sent = await this.#send(prepared);
    return resultOf(sent.result, clock.nowMs());
  }

  /** @throws PromAgentError PUSH_INVALID */
  #addressOf(group: PushGroup): Address {
    let address = this.#addresses.get(group);
    if (address === undefined) {
      address = { url: new URL(this.#url + groupPath(group)), kept: undefined };
      this.#addresses.set(group, address);
    }
    return address;
  }

  /** Ends every push under way (`unreachable`) and closes all sockets. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** `isStale`: the connection had served before, and was closed without an answer. */
  async #send(prepared: Prepared): Promise<{ result: PostResult; isStale: boolean }> {
    const { clock } = this.#deps;
    let lane: Lane | undefined;
    let exchange: Exchange | undefined;
    const result = await new Promise<PostResult>((resolve) => {
      const begun = this.#exchange(prepared, resolve);
      exchange = begun;
      begun.timer = clock.setTimer(prepared.endMs - clock.monotonicMs(), () =>
        begun.giveUp(`no answer within ${prepared.timeoutMs} ms`),
      );
      const start = (): void => {
        if (begun.isDone) return;
        lane = this.#takeLane(prepared.address.url);
        begun.send(this.#firstHop(prepared, lane.client));
      };
      const failed = (error: unknown): void => begun.giveUp(messageOf(error));
      try {
        // What is current need not be waited for.
        const refreshing = this.#transport.refresh();
        if (refreshing === undefined) start();
        else refreshing.then(start).catch(failed);
      } catch (error) {
        failed(error);
      }
    });
    const isStale =
      result.status === 0 && lane?.hasServed === true && isDeadSocket(exchange?.error);
    if (lane !== undefined) this.#giveBack(lane, result);
    return { result, isStale };
  }

  #exchange(prepared: Prepared, resolve: (result: PostResult) => void): Exchange {
    const { headers, method, bytes } = prepared;
    return new Exchange({
      resolve,
      mask: this.#mask,
      next: (hop, { status, location }) => {
        const next = this.#transport.redirect(hop, status, location, headers);
        // 301 to 303 make a GET of it, whose 200 would pass for a push.
        return next?.step.method === method ? next : undefined;
      },
      dispatch: ({ dispatcher, request }, handler) => {
        this.bytesSent += bytes?.length ?? 0;
        const withBody = bytes === undefined ? request : { ...request, body: bytes };
        dispatcher.dispatch(withBody, handler);
      },
    });
  }

  #firstHop({ address, method, headers }: Prepared, client: KeptClient): Hop {
    const { generation } = this.#transport;
    const { kept } = address;
    const isKept = kept?.method === method && kept.headers === headers;
    if (isKept && kept.generation === generation) return { ...kept.hop, dispatcher: client };
    const hop = this.#transport.hop(address.url, method, headers, client);
    address.kept = { method, headers, generation, hop };
    return hop;
  }

  #giveBack(lane: Lane, { status }: PostResult): void {
    if (status > 0) {
      lane.hasServed = true;
      this.#idle.push(lane);
    } else {
      // It may still be about to connect, and the next push would wait for that.
      this.#transport.release(lane.client);
    }
  }

  #takeLane(url: URL): Lane {
    const lane = this.#idle.pop();
    const client = this.#transport.keptClient(url, lane?.client);
    if (lane === undefined) return { client, hasServed: false };
    if (lane.client !== client) {
      this.#transport.release(lane.client);
      lane.client = client;
      lane.hasServed = false;
    }
    return lane;
  }
}

/** 5xx and 429 ask for patience, as in remote write; every other refusal stays one. */
function resultOf(result: PostResult, nowMs: number): PushResult {
  const { status } = result;
  const verdict = judge(result, true, nowMs);
  if (verdict.kind === 'delivered')
    return { outcome: 'pushed', status, words: '', retryAfterMs: 0 };
  const words =
    status === 0 ? result.words : `HTTP ${status}${result.words && `: ${result.words}`}`;
  if (verdict.kind === 'rejected') return { outcome: 'refused', status, words, retryAfterMs: 0 };
  return { outcome: 'unreachable', status, words, retryAfterMs: verdict.afterMs };
}
