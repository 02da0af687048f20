import {
  type Agent,
  type AgentOptions,
  createAgent,
  type ExpositionResponse,
  type Logger,
  PromAgentError,
  type RegistryLike,
} from '@prom-agent/core';
import {
  askedOptions,
  type ClientMetricsOptions,
  type ClientRequests,
  checkEndpoints,
  createHttpRecorder,
  federateResponse,
  HeldRecorder,
  type HttpOptions,
  type HttpRecorder,
  type MetricsServer,
  type MetricsServerOptions,
  metricsRequest,
  recordClientRequests,
  sendExposition,
  serveMetrics,
  textResponse,
} from '@prom-agent/core/http';
import type { Request, Response } from 'express';
import { recordRequests } from './record-requests.js';

/** Options of the middleware: the agent's own, and what is served under which path. */
export interface PromAgentOptions extends AgentOptions {
  /** Path of the metrics, below where the middleware is mounted. Default `/metrics`; false: none. */
  endpoint?: string | false;
  /** Path of the last samples of the scraped targets. Default `/federate`; false: none. */
  federateEndpoint?: string | false;
  /**
   * A port for the metrics alone, with TLS and credentials; `endpoint: false` leaves the app's out.
   * Default false.
   */
  metricsServer?: MetricsServerOptions | false;
  /** Metrics of the requests the app answers. Default true; false records none. */
  http?: HttpOptions<Request> | boolean;
  /**
   * Metrics of the requests that the process sends through undici or `fetch`, the agent's own left
   * out. Default false.
   */
  client?: ClientMetricsOptions | boolean;
  /** Told why the agent could not be created or started. */
  onError?: (error: unknown) => void;
}

/** By app the agents that answer under a path of it. */
const agentsOf = new WeakMap<object, Map<string, EmbeddedAgent>>();

/** An agent that is created and started beside an app which is already answering requests. */
export class EmbeddedAgent {
  readonly #options: PromAgentOptions;
  readonly #endpoint: string | false;
  readonly #federateEndpoint: string | false;
  readonly #recorder: HttpRecorder | undefined;
  #record: ((request: Request, response: Response) => void) | undefined;
  #held: HeldRecorder | undefined;
  readonly #created: Promise<Agent>;
  readonly #started: Promise<Agent>;
  #closed: Promise<void> | undefined;
  /** Once it has started. */
  #agent: Agent | undefined;
  /** Answered for the agent as long as there is none. */
  #absence = 'prom-agent is starting: try again in a moment';
  #addressTold = false;
  #isPlaced = false;
  #server: MetricsServer | undefined;
  #outgoing: ClientRequests | undefined;

  constructor(options: PromAgentOptions) {
    const { endpoint = '/metrics', federateEndpoint = '/federate' } = options;
    this.#options = options;
    this.#endpoint = endpoint;
    this.#federateEndpoint = federateEndpoint;
    let refusal: unknown;
    try {
      checkEndpoints({ endpoint, federateEndpoint });
      const http = askedOptions(options.http ?? true);
      if (http !== undefined) {
        this.#recorder = createHttpRecorder(http);
        this.#record = recordRequests(this.#recorder, http, (error) => this.#log(error));
      }
    } catch (error) {
      refusal = error;
    }
    this.#created = refusal === undefined ? this.#create() : Promise.reject(refusal);
    this.#started = this.#start();
    this.#started.catch((error: unknown) => this.#report(error));
  }

  get registry(): RegistryLike | undefined {
    return this.#options.registry ?? this.#agent?.registry;
  }

  ready(): Promise<Agent> {
    return this.#started;
  }

  close(options?: { deadlineMs?: number }): Promise<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  /** True when the request was for the agent and is answered. */
  handle(request: Request, response: Response): boolean {
    const { method, path } = request;
    if (!this.#isPlaced) this.#takePlace(request);
    if (!this.#addressTold) this.#tellAddress(request);
    if (method === 'GET' || method === 'HEAD') {
      if (path === this.#endpoint) {
        void this.#answer(request, response, metricsOf);
        return true;
      }
      if (path === this.#federateEndpoint) {
        void this.#answer(request, response, federateResponse);
        return true;
      }
    }
    if (!this.#held?.isCountedElsewhere(request)) this.#record?.(request, response);
    return false;
  }

  async #create(): Promise<Agent> {
    const { endpoint, federateEndpoint, http, client, metricsServer, onError, ...agentOptions } =
      this.#options;
    const agent = await createAgent(agentOptions);
    try {
      const log = (error: unknown) => this.#log(error);
      if (this.#recorder) this.#held = new HeldRecorder(agent.registry, this.#recorder, log);
      this.#outgoing = recordClientRequests(agent.registry, client, log);
    } catch (error) {
      this.#held?.close();
      await agent.close();
      throw error;
    }
    return agent;
  }

  async #start(): Promise<Agent> {
    const agent = await this.#created;
    const { metricsServer = false } = this.#options;
    try {
      await agent.start();
      if (metricsServer !== false) {
        this.#server = await serveMetrics(agent, metricsServer, (error) => this.#log(error));
      }
    } catch (error) {
      await agent.close();
      throw error;
    }
    this.#agent = agent;
    return agent;
  }

  async #close(options: { deadlineMs?: number } | undefined): Promise<void> {
    this.#absence = 'prom-agent is closed';
    this.#agent = undefined;
    this.#record = undefined;
    // Where there is none, the reason has been reported.
    const agent = await this.#created.catch(() => undefined);
    this.#outgoing?.close();
    await agent?.close(options);
    // One that was starting has come to nothing or to its server now.
    await this.#started.catch(() => undefined);
    await this.#server?.close();
    this.#agent = undefined;
    this.#held?.close();
  }

  #report(error: unknown): void {
    // Closing an agent that is still starting is no failure.
    if (this.#closed !== undefined) return;
    const words = error instanceof Error ? error.message : String(error);
    this.#absence = `prom-agent did not start: ${words}`;
    const { onError, logger } = this.#options;
    try {
      onError?.(error);
    } catch (thrown) {
      this.#log(thrown);
    }
    if (onError === undefined || logger !== undefined) this.#log(error);
  }

  #log(error: unknown): void {
    const logger: Logger | undefined = this.#options.logger;
    const words = error instanceof Error ? error.message : String(error);
    if (logger === undefined) process.emitWarning(words, 'PromAgentWarning');
    else logger.error({ err: error }, `prom-agent: ${words}`);
  }

  /** A middleware does not learn which app it is used on before a request has come in. */
  #takePlace({ app, baseUrl }: Request): void {
    this.#isPlaced = true;
    if (this.#endpoint === false) return;
    const path = `${baseUrl}${this.#endpoint}`;
    const agents = agentsOf.get(app) ?? new Map<string, EmbeddedAgent>();
    agentsOf.set(app, agents);
    const first = agents.get(path);
    if (first === undefined || first.#closed !== undefined) {
      agents.set(path, this);
      return;
    }
    const words = `promAgent is used twice on this Express app: the first one answers ${path} and counts for all of it, so this one is closed. Remove one of them`;
    this.#report(new PromAgentError('CONFIG_INVALID', words));
    void this.close();
  }

  /** A middleware does not learn where its server listens before a request has come in. */
  #tellAddress({ socket, baseUrl }: Request): void {
    const { localPort: port } = socket;
    if (this.#agent === undefined || port === undefined) return;
    this.#addressTold = true;
    const path = this.#endpoint === false ? '' : `${baseUrl}${this.#endpoint}`;
    // The address of this one connection says less than the machine's name, which an empty host is.
    this.#agent.setSelfAddress({ host: '', port, path });
  }

  async #answer(
    request: Request,
    response: Response,
    answer: (agent: Agent, request: Request) => Promise<ExpositionResponse>,
  ): Promise<void> {
    const agent = this.#agent;
    try {
      const exposition =
        agent === undefined
          ? textResponse(503, this.#absence)
          : await answer(agent, request).catch((error: unknown) => {
              this.#log(error);
              return textResponse(500, 'prom-agent could not answer; the log says why');
            });
      await sendExposition(request, response, exposition);
    } catch (error) {
      this.#log(error);
    }
  }
}

function metricsOf(agent: Agent, request: Request): Promise<ExpositionResponse> {
  return agent.metrics(metricsRequest(request));
}
