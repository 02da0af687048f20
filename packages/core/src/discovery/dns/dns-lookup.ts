import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import { hostAndPort } from '../host-and-port.js';
import type { DnsRecordType } from './dns-discovery-config.js';
import { askServer } from './dns-exchange.js';
import type { DnsRecord, DnsResponse } from './dns-message.js';
import type { DnsServer } from './dns-server.js';
import { candidateNames, type ResolvConf } from './resolv-conf.js';

const noError = 0;
const nameError = 3;
const responseCodeNames = new Map([
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
]);

/**
 * The records of a name or, failing that, of the name within a search domain. Empty when the first
 * name that exists has none of this type, and when every server says that no such name exists.
 * Rejects with an Error when one of the candidates got no such answer from any server: whether there
 * are records is not known then.
 */
export async function lookUp(
  name: string,
  type: DnsRecordType,
  conf: ResolvConf,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly DnsRecord[]> {
  let problem: unknown;
  for (const candidate of candidateNames(name, conf)) {
    try {
      const response = await askServers(conf.servers, candidate, type, clock, signal);
      if (response.responseCode === noError) return response.answers;
    } catch (error) {
      signal.throwIfAborted();
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
  return [];
}

/** The first answer that says what there is, or that there is no such name. */
async function askServers(
  servers: readonly DnsServer[],
  name: string,
  type: DnsRecordType,
  clock: Clock,
  signal: AbortSignal,
): Promise<DnsResponse> {
  const problems: string[] = [];
  for (const server of servers) {
    const from = hostAndPort(server.address, server.port);
    try {
      const response = await askServer(server, name, type, clock, signal);
      const code = response.responseCode;
      if (code === noError || code === nameError) return response;
      problems.push(`${from}: ${responseCodeNames.get(code) ?? `response code ${code}`}`);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${from}: ${messageOf(error)}`);
    }
  }
  throw new Error(`cannot look up ${type} of ${JSON.stringify(name)}: ${problems.join(', ')}`);
}
