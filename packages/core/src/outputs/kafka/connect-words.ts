/** What OpenSSL says when the other side ends the handshake, among numbers and paths of its own. */
const alert = /(?:sslv3|tlsv1|tlsv13)? ?alert ([a-z ]+)/;

/** Whether there is any. */
interface HowToConnect {
  readonly sasl: object | undefined;
  readonly tls: object | undefined;
}

/**
 * Why no connection came about, in words for an operator. A broker that is spoken to in another way than
 * its listener expects hangs up without a word; what it may have expected is said here.
 */
export function connectWords(words: string, { sasl, tls }: HowToConnect): string {
  const [, refusal] = alert.exec(words) ?? [];
  if (refusal?.includes('certificate')) {
    return `the broker refuses the client certificate (${refusal}): look at cert_file and key_file of tls_config`;
  }
  if (refusal !== undefined) return `the broker ends the TLS handshake (${refusal})`;
  if (/before secure TLS connection|wrong version number|packet length too long/.test(words)) {
    return `${firstLine(words)}: perhaps the listener has no TLS, and tls_config is not for it`;
  }
  if (/given the current SASL state/.test(words)) {
    return `${words}: perhaps the listener has no SASL, and sasl is not for it`;
  }
  if (!/[Cc]losed (?:the )?connection/.test(words)) return words;
  const missing = [tls === undefined && 'TLS (tls_config)', sasl === undefined && 'SASL (sasl)'];
  const wants = missing.filter((one) => one !== false).join(' or ');
  return wants === '' ? words : `${words}: perhaps the listener wants ${wants}`;
}

function firstLine(words: string): string {
  return words.split('\n', 1)[0] ?? words;
}
