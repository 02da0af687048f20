/** What kafkajs hands to a provider of a SASL mechanism, as far as it is used. */
interface SaslConversation {
  saslAuthenticate(exchange: {
    readonly request: { encode(): Promise<Buffer> };
    readonly response: {
      decode(payload: Buffer): Promise<Buffer>;
      parse(answer: Buffer): Promise<void>;
    };
  }): Promise<unknown>;
}

const separator = '\u0001';
const lengthBytes = 4;

/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs, whose own takes any answer for consent: a broker that refuses a
 * token says so in an answer without an error code, and closes the connection at the next request.
 *
 * @param token asked for again at each authentication
 */
export function oauthBearer(token: () => Promise<string>) {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }: SaslConversation) => ({
      async authenticate(): Promise<void> {
        const words = Buffer.from(
          `n,,${separator}auth=Bearer ${await token()}${separator}${separator}`,
        );
        await saslAuthenticate({
          request: { encode: async () => sized(words) },
          response: { decode: async (payload) => payload.subarray(lengthBytes), parse: refused },
        });
      },
    }),
  };
}

/** The answer to a good token is empty, to another a JSON object with the field `status` (3.2.2). */
async function refused(answer: Buffer): Promise<void> {
  if (answer.length === 0) return;
  throw new Error(`SASL OAUTHBEARER authentication failed: ${statusOf(String(answer))}`);
}

function statusOf(answer: string): string {
  try {
    return String(JSON.parse(answer).status);
  } catch {
    return answer;
  }
}

function sized(words: Buffer): Buffer {
  const out = Buffer.alloc(lengthBytes + words.length);
  out.writeInt32BE(words.length);
  words.copy(out, lengthBytes);
  return out;
}
