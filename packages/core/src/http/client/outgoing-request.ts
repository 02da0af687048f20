/** A request that undici makes, or the `fetch` of Node.js, which is undici too. */
export interface OutgoingRequest {
  readonly method: string;
  /** `https://api.example`. */
  readonly origin: string | URL;
  /** With its query. */
  readonly path: string;
}
