import type { Labels } from '../../model/labels.js';
import { hostAndPort } from '../host-and-port.js';
import { parseFields } from './go-json.js';

/** Reads what a node holds; throws an Error when it is no member. */
export type ReadMember = (data: Buffer, path: string) => Labels;

/** A member of a serverset: an endpoint, further ones by name, a status and a shard. */
export function readServersetMember(data: Buffer, path: string): Labels {
  const member = parseFields(data.toString('utf8'));
  const endpoint = member.object('serviceEndpoint');
  const host = endpoint.text('host');
  const port = endpoint.integer('port');
  const labels: [string, string][] = [
    ['__address__', hostAndPort(host, port)],
    ['__meta_serverset_path', path],
    ['__meta_serverset_endpoint_host', host],
    ['__meta_serverset_endpoint_port', String(port)],
  ];
  for (const [name, additional] of member.objects('additionalEndpoints')) {
    const suffix = name.replace(/[^a-zA-Z0-9_]/gu, '_');
    labels.push([`__meta_serverset_endpoint_host_${suffix}`, additional.text('host')]);
    labels.push([`__meta_serverset_endpoint_port_${suffix}`, String(additional.integer('port'))]);
  }
  labels.push(['__meta_serverset_status', member.text('status')]);
  labels.push(['__meta_serverset_shard', String(member.integer('shard'))]);
  return withoutEmpty(labels);
}

/** What Nerve announces: a host, a port and a name. */
export function readNerveMember(data: Buffer, path: string): Labels {
  const member = parseFields(data.toString('utf8'));
  const host = member.text('host');
  const port = member.integer('port');
  return withoutEmpty([
    ['__address__', hostAndPort(host, port)],
    ['__meta_nerve_path', path],
    ['__meta_nerve_endpoint_host', host],
    ['__meta_nerve_endpoint_port', String(port)],
    ['__meta_nerve_endpoint_name', member.text('name')],
  ]);
}

function withoutEmpty(labels: readonly [string, string][]): Labels {
  return new Map(labels.filter(([, value]) => value !== ''));
}
