/** One `dns_sd_configs` entry. */
export interface DnsDiscoveryConfig {
  readonly kind: 'dns';
  /** At least one. A name without a final dot is also looked for in the search domains. */
  readonly names: readonly string[];
  /** Default `SRV`. */
  readonly type: DnsRecordType;
  /** Of the targets; SRV records bring their own. Required (1 to 65535) for every other type. */
  readonly port: number;
  /** Default 30 s. */
  readonly refreshIntervalMs: number;
  /**
   * Ours, not Prometheus': the name servers to ask, each an IP address with an optional port
   * (`10.0.0.2`, `10.0.0.2:5353`, `[::1]:53`), in this order. Empty: those of /etc/resolv.conf, whose
   * search domains apply in either case.
   */
  readonly servers: readonly string[];
}

/** The record types that can be asked for. */
export type DnsRecordType = 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';
