import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { FileTexts } from './file-texts.js';
import type { OAuth2Config } from './http-client-config.js';
import { HttpFailure } from './http-failure.js';
import type { HttpTransport } from './http-transport.js';
import { maskSecrets } from './mask-secrets.js';
import { type GrantedToken, readTokenAnswer } from './oauth2-answer.js';
import { basic } from './proxy-choice.js';
import { fileOf, secretText } from './request-secrets.js';
import { sendRequest } from './send-request.js';

/** A token is not used for its last seconds (golang.org/x/oauth2, defaultExpiryDelta). */
const expiryMarginMs = 10_000;
/** Targets that are scraped meanwhile share a refusal: the server is not asked once for each. */
const refusedMs = 1_000;
const timeoutMs = 10_000;
const longestAnswerBytes = 1024 * 1024;

export interface OAuth2TokenParts {
  readonly clock: Clock;
  readonly files: FileTexts;
  readonly userAgent: string;
  /** To the token server: the block's own TLS and proxy. */
  readonly transport: HttpTransport;
}

/** The token of one client-credentials grant (RFC 6749, 4.4), fetched once for all who wait for it. */
export class OAuth2Token {
  readonly #config: OAuth2Config;
  readonly #parts: OAuth2TokenParts;
  /** The client secret's, whose change asks for a new token. */
  readonly files: readonly string[];
  /** Value of the Authorization header. */
  authorization: string | undefined;
  #freshUntilMs = 0;
  #secretVersion = -1;
  #style: 'header' | 'params' | undefined;
  #fetching: Promise<void> | undefined;
  #refusal: HttpFailure | undefined;
  #refusedUntilMs = 0;

  constructor(config: OAuth2Config, parts: OAuth2TokenParts) {
    this.#config = config;
    this.#parts = parts;
    this.files = fileOf(config.clientSecret);
  }

  isFresh(): boolean {
    const { clock, files } = this.#parts;
    return (
      this.authorization !== undefined &&
      clock.monotonicMs() < this.#freshUntilMs &&
      files.version(this.files) === this.#secretVersion
    );
  }

  /** @throws HttpFailure `credentials`: no token, and why */
  async refresh(): Promise<void> {
    if (this.isFresh()) return;
    const { clock } = this.#parts;
    if (this.#refusal !== undefined && clock.monotonicMs() < this.#refusedUntilMs) {
      throw this.#refusal;
    }
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  close(): Promise<void> {
    return this.#parts.transport.close();
  }

  async #fetch(): Promise<void> {
    const { clock, files } = this.#parts;
    const version = files.version(this.files);
    const secret = secretText(this.#config.clientSecret, files, 'oauth2 client secret');
    try {
      const token = await this.#ask(secret);
      const lifeMs = token.expiresInSeconds * 1000 - expiryMarginMs;
      this.authorization = token.authorization;
      this.#freshUntilMs =
        token.expiresInSeconds === 0 ? Number.POSITIVE_INFINITY : clock.monotonicMs() + lifeMs;
      this.#secretVersion = version;
      this.#refusal = undefined;
    } catch (error) {
      const words = maskSecrets([secret])(messageOf(error));
      // The cause is left out: its words are not masked.
      this.#refusal = new HttpFailure('credentials', words);
      this.#refusedUntilMs = clock.monotonicMs() + refusedMs;
      throw this.#refusal;
    }
  }

  /** Servers differ in where they want the client's secret, and most say no word on it. */
  async #ask(secret: string): Promise<GrantedToken> {
    if (this.#style !== undefined) return this.#post(secret, this.#style);
    try {
      const token = await this.#post(secret, 'header');
      this.#style = 'header';
      return token;
    } catch {
      const token = await this.#post(secret, 'params');
      this.#style = 'params';
      return token;
    }
  }

  async #post(secret: string, style: 'header' | 'params'): Promise<GrantedToken> {
    const { transport, clock, userAgent } = this.#parts;
    const { clientId, tokenUrl } = this.#config;
    const form = this.#form();
    if (style === 'params') {
      form.set('client_id', clientId);
      if (secret !== '') form.set('client_secret', secret);
    }
    const response = await sendRequest(transport, clock, {
      url: tokenUrl,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': userAgent,
        ...(style === 'header' && {
          authorization: basic(queryEscape(clientId), queryEscape(secret)),
        }),
      },
      body: Buffer.from(encode(form)),
      timeoutMs,
      maxBodyBytes: longestAnswerBytes,
    });
    return readTokenAnswer(response);
  }

  #form(): Map<string, string> {
    const { scopes, endpointParams } = this.#config;
    const form = new Map([['grant_type', 'client_credentials']]);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    for (const [name, value] of Object.entries(endpointParams)) {
      // grant_type may be overridden, as some servers want another word there.
      if (name !== 'grant_type' && form.has(name)) {
        throw new Error(`oauth2: cannot overwrite parameter ${JSON.stringify(name)}`);
      }
      form.set(name, value);
    }
    return form;
  }
}

/** Sorted by name, as Go writes forms. */
function encode(form: ReadonlyMap<string, string>): string {
  const pairs = [...form].sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([name, value]) => `${queryEscape(name)}=${queryEscape(value)}`).join('&');
}

/** As Go's url.QueryEscape. */
function queryEscape(text: string): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, hex)
    .replaceAll('%20', '+');
}
