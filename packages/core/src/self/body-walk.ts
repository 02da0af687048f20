/** A body that is being rendered, in whatever format. */
export interface BodyWalk {
  /** The next chunk, of about 256 KiB; undefined after the last. Lets the event loop run in between. */
  next(): Promise<Uint8Array | undefined>;
  /** Another walk over the same metrics that goes on from here. Called between chunks. */
  fork(): BodyWalk;
}
