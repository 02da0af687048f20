import type { GatewayAbilities } from '../body/group-body.js';
import { refusesNames } from '../client/refuses-names.js';
import type { GatewayReader } from './gateway-reader.js';

/** A status page is a few kilobytes. */
const longestAnswerBytes = 64 * 1024;
/** What a gateway of which nothing is known gets: each can read it. */
const least: GatewayAbilities = { nativeHistograms: false, utf8Names: true };

/**
 * What a gateway can read, asked when it matters and kept until it was away: it may come back as
 * another version.
 */
export class GatewayVersion {
  readonly #reader: GatewayReader;
  #known: Promise<GatewayAbilities> | undefined;
  #takesUtf8 = true;

  constructor(reader: GatewayReader) {
    this.#reader = reader;
  }

  async abilities(): Promise<GatewayAbilities> {
    this.#known ??= this.#ask();
    return { ...(await this.#known), utf8Names: this.#takesUtf8 };
  }

  /** False after a refusal, until the gateway was away. */
  get takesUtf8Names(): boolean {
    return this.#takesUtf8;
  }

  /** True when the refusal tells something new: what was refused is worth another try. */
  learn(words: string): boolean {
    if (!this.#takesUtf8 || !refusesNames(words)) return false;
    this.#takesUtf8 = false;
    return true;
  }

  forget(): void {
    this.#known = undefined;
    this.#takesUtf8 = true;
  }

  async #ask(): Promise<GatewayAbilities> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const take = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes <= longestAnswerBytes) pieces.push(Buffer.from(piece));
    };
    const { status } = await this.#reader.read('/api/v1/status', 'application/json', take);
    if (status !== 200) {
      // No answer: it is asked again. Another answer is a gateway that does not tell, or none.
      if (status === 0) this.#known = undefined;
      return least;
    }
    return { ...least, nativeHistograms: hasNativeHistograms(Buffer.concat(pieces).toString()) };
  }
}

/** Since 1.8 (prometheus/pushgateway CHANGELOG). */
function hasNativeHistograms(status: string): boolean {
  const version = /"version"\s*:\s*"(\d+)\.(\d+)/.exec(status);
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 1 || (major === 1 && minor >= 8);
}
