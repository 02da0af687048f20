import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';

/** What every discovery is given. */
export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** To be called for each attempt that fails, also when it fails in the same way as the last one. */
  readonly attemptFailed: () => void;
}
