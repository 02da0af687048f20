import { countLabels, isAbsolute } from './dns-name.js';
import { type DnsServer, parseDnsServer } from './dns-server.js';

/** What /etc/resolv.conf says (resolv.conf(5)), of which we use this. */
export interface ResolvConf {
  readonly servers: readonly DnsServer[];
  readonly searchDomains: readonly string[];
  /** A name with as many dots is first tried as it is. */
  readonly ndots: number;
}

export const emptyResolvConf: ResolvConf = { servers: [], searchDomains: [], ndots: 1 };

/** Reads the file's text; lines that say nothing to us are passed over, as everybody does. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: DnsServer[] = [];
  let { searchDomains, ndots } = emptyResolvConf;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver') {
      const server = parseDnsServer(values[0] ?? '');
      if (server !== undefined) servers.push(server);
    } else if (keyword === 'domain') {
      searchDomains = values.slice(0, 1);
    } else if (keyword === 'search') {
      searchDomains = values;
    } else if (keyword === 'options') {
      ndots = ndotsOf(values) ?? ndots;
    }
  }
  return { servers, searchDomains, ndots };
}

function ndotsOf(options: readonly string[]): number | undefined {
  const text = options.findLast((option) => option.startsWith('ndots:'))?.slice('ndots:'.length);
  if (text === undefined) return undefined;
  return Math.min(Math.max(Number.parseInt(text, 10) || 0, 0), 15);
}

/** The absolute names that a written name may stand for, in the order to try them. */
export function candidateNames(name: string, { searchDomains, ndots }: ResolvConf): string[] {
  if (isAbsolute(name)) return [name];
  const asWritten = `${name}.`;
  const searched = searchDomains.map((domain) =>
    isAbsolute(domain) ? asWritten + domain.replace(/^\.$/, '') : `${asWritten}${domain}.`,
  );
  return countLabels(name) > ndots ? [asWritten, ...searched] : [...searched, asWritten];
}
