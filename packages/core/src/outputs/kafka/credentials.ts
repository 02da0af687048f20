import type { ConnectionOptions } from 'node:tls';
import type { FileTexts } from '../../http-client/file-texts.js';
import type { SecretSource } from '../../http-client/http-client-config.js';
import { tlsConnectOptions } from '../../http-client/tls-context.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { oauthBearer } from './oauth-bearer.js';

/**
 * So long before a SASL session ends it is renewed. kafkajs takes 10 s: with a token that lasts no longer each
 * request would renew it, and brokers hang up on who does so twice within a second (KIP-368).
 */
export const renewSessionBeforeMs = 3_000;

/** What a new connection is made with. */
export interface ConnectionSettings {
  /** As kafkajs takes it. */
  readonly sasl: object | undefined;
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
}

/** The certificates and passwords of an output, their files as they are when a connection is made. */
export class Credentials {
  readonly #options: Pick<KafkaWriteOptions, 'sasl' | 'tls'>;
  readonly #files: FileTexts;

  constructor(options: Pick<KafkaWriteOptions, 'sasl' | 'tls'>, files: FileTexts) {
    this.#options = options;
    this.#files = files;
  }

  /** @throws Error with words that name a file that cannot be read */
  async settings(): Promise<ConnectionSettings> {
    const { tls, sasl } = this.#options;
    const secret = sasl && (sasl.mechanism === 'oauthbearer' ? sasl.token : sasl.password);
    const sources = [tls?.ca, tls?.cert, tls?.key, secret];
    await this.#files.look(
      sources.flatMap((one) => (one !== undefined && 'file' in one ? [one.file] : [])),
    );
    const texts = {
      ca: this.#text(tls?.ca),
      cert: this.#text(tls?.cert),
      key: this.#text(tls?.key),
    };
    return { sasl: this.#sasl(), tls: tls && tlsConnectOptions(tls, texts) };
  }

  /** What must not appear in a log, should the other side have said it. */
  get secrets(): string[] {
    const { sasl } = this.#options;
    if (sasl === undefined) return [];
    const source = sasl.mechanism === 'oauthbearer' ? sasl.token : sasl.password;
    try {
      return [this.#text(source) ?? ''];
    } catch {
      return [];
    }
  }

  #sasl(): object | undefined {
    const { sasl } = this.#options;
    if (sasl === undefined) return undefined;
    if (sasl.mechanism !== 'oauthbearer') {
      const { mechanism, username } = sasl;
      return { mechanism, username, password: this.#text(sasl.password) };
    }
    // Asked for again when a session ends: the file may hold another token by then.
    return oauthBearer(async () => {
      if ('file' in sasl.token) await this.#files.look([sasl.token.file]);
      return this.#text(sasl.token) ?? '';
    });
  }

  #text(source: SecretSource | undefined): string | undefined {
    if (source === undefined) return undefined;
    return 'file' in source ? this.#files.text(source.file) : source.text;
  }
}
