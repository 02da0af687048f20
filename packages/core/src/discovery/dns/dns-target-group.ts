import type { Labels } from '../../model/labels.js';
import type { TargetGroup } from '../discovery.js';
import { hostAndPort } from '../host-and-port.js';
import type { DnsRecord } from './dns-message.js';

/**
 * The targets that a name's records stand for. A record is a target whatever type was asked for, as
 * in Prometheus, but for those that hold no address.
 *
 * @param port of the targets, but for SRV records, which bring their own
 * @param onPassedOver called for a record of a type that is no target, CNAME apart
 */
export function dnsTargetGroup(
  source: string,
  name: string,
  records: readonly DnsRecord[],
  port: number,
  onPassedOver: (typeCode: number) => void,
): TargetGroup {
  const targets: Labels[] = [];
  for (const record of records) {
    if (record.type === 'other') onPassedOver(record.code);
    const labels = recordLabels(record, port);
    if (labels !== undefined) targets.push(new Map([...labels, ['__meta_dns_name', name]]));
  }
  return { source, targets, labels: new Map() };
}

function recordLabels(record: DnsRecord, port: number): [string, string][] | undefined {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return [['__address__', hostAndPort(record.address, port)]];
    case 'SRV':
      return [
        ['__address__', hostAndPort(withoutFinalDots(record.target), record.port)],
        ['__meta_dns_srv_record_target', record.target],
        ['__meta_dns_srv_record_port', String(record.port)],
      ];
    case 'MX':
      return [
        ['__address__', hostAndPort(withoutFinalDots(record.target), port)],
        ['__meta_dns_mx_record_target', record.target],
      ];
    case 'NS':
      return [
        ['__address__', hostAndPort(withoutFinalDots(record.target), port)],
        ['__meta_dns_ns_record_target', record.target],
      ];
    default:
      return undefined;
  }
}

function withoutFinalDots(name: string): string {
  return name.replace(/\.+$/, '');
}

/** Whether two groups hold the same targets, in any order: name servers rotate their answers. */
export function sameTargets(a: TargetGroup, b: TargetGroup): boolean {
  return targetsText(a) === targetsText(b);
}

function targetsText({ targets }: TargetGroup): string {
  const texts = targets.map((target) => JSON.stringify([...target]));
  return texts.sort().join();
}
