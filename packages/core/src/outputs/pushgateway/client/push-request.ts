import type { PushGroup } from './push-group.js';

/**
 * `PUT` replaces the group, `POST` the families of the names that are pushed, `DELETE` removes the
 * group. All three may be sent twice.
 */
export type PushMethod = 'PUT' | 'POST' | 'DELETE';

/** An exposition without timestamps, which a gateway refuses. */
export interface PushBody {
  readonly bytes: Uint8Array;
  /** `protobuf` is the delimited form: the one that holds native histograms. */
  readonly format: 'text' | 'protobuf';
}

export interface PushRequest {
  readonly group: PushGroup;
  readonly method: PushMethod;
  /** Undefined for a DELETE. */
  readonly body: PushBody | undefined;
  /** For the whole: connecting, redirects, the last byte of the answer. */
  readonly timeoutMs: number;
}

/** What came of a push: a result, not an error. */
export interface PushResult {
  /**
   * `pushed`: the gateway has it. `refused`: it will never take this push, so it is not sent again.
   * `unreachable`: no answer, or one that asks for patience (5xx, 429).
   */
  readonly outcome: 'pushed' | 'refused' | 'unreachable';
  /** 0 when there was no answer. */
  readonly status: number;
  /** The gateway's words, or why there are none; credentials masked. Empty when pushed. */
  readonly words: string;
  /** How long the gateway wants to be left alone at least; 0 when it does not say. */
  readonly retryAfterMs: number;
}
