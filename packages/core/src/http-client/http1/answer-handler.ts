/** One request, as undici takes it. */
export interface WireRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array;
}

/** Puts requests on the wire: undici's dispatchers do, and plain-client.ts. */
export interface RequestDispatcher {
  dispatch(request: WireRequest, handler: AnswerHandler): boolean;
}

/** Ends a request from within: its handler wants no more of it. */
export interface AnswerController {
  abort(reason: Error): void;
}

/** Headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What becomes of a request, in this order: the start, the head, pieces of the body, and either the
 * end or an error. A part of undici's DispatchHandler, so that a handler serves both.
 */
export interface AnswerHandler {
  onRequestStart(controller: AnswerController): void;
  onResponseStart(controller: AnswerController, status: number, headers: AnswerHeaders): void;
  /** `chunk` is the handler's only until it returns. */
  onResponseData(controller: AnswerController, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: AnswerController, error: Error): void;
}
