import { describe, expect, it } from 'vitest';
import { readNerveMember, readServersetMember } from './read-member.js';

const labels = (read: typeof readNerveMember, text: string) =>
  Object.fromEntries(read(Buffer.from(text), '/p'));

describe('serverset', () => {
  it('a member as Finagle writes it', () => {
    const member = {
      serviceEndpoint: { host: '10.0.0.1', port: 8080 },
      additionalEndpoints: { 'http-admin': { host: '10.0.0.1', port: 9990 }, 'é/x': {} },
      status: 'ALIVE',
      shard: 3,
    };
    expect(labels(readServersetMember, JSON.stringify(member))).toEqual({
      __address__: '10.0.0.1:8080',
      __meta_serverset_path: '/p',
      __meta_serverset_endpoint_host: '10.0.0.1',
      __meta_serverset_endpoint_port: '8080',
      __meta_serverset_endpoint_host_http_admin: '10.0.0.1',
      __meta_serverset_endpoint_port_http_admin: '9990',
      __meta_serverset_endpoint_port___x: '0',
      __meta_serverset_status: 'ALIVE',
      __meta_serverset_shard: '3',
    });
  });

  it.each([
    ['{}'],
    ['null'],
    ['{"serviceEndpoint":null,"additionalEndpoints":null,"status":null,"shard":null,"other":[1]}'],
  ])('%s has everything at its zero value', (text) => {
    expect(labels(readServersetMember, text)).toEqual({
      __address__: ':0',
      __meta_serverset_path: '/p',
      __meta_serverset_endpoint_port: '0',
      __meta_serverset_shard: '0',
    });
  });

  it.each([
    ['', /JSON/],
    ['nonsense', /JSON/],
    ['\uFEFF{}', /JSON/],
    ['[]', /^the member is no JSON object$/],
    ['"x"', /^the member is no JSON object$/],
    ['{"serviceEndpoint":[]}', /^serviceEndpoint is no JSON object$/],
    ['{"serviceEndpoint":{"host":1}}', /^host of serviceEndpoint is no text$/],
    ['{"serviceEndpoint":{"port":"80"}}', /^port of serviceEndpoint is no integer$/],
    ['{"serviceEndpoint":{"port":80.5}}', /^port of serviceEndpoint is no integer$/],
    ['{"additionalEndpoints":[]}', /^additionalEndpoints of the member is no JSON object$/],
    ['{"additionalEndpoints":{"a":1}}', /^a is no JSON object$/],
    ['{"status":1}', /^status of the member is no text$/],
    ['{"shard":"1"}', /^shard of the member is no integer$/],
  ])('%s is no member', (text, problem) => {
    expect(() => labels(readServersetMember, text)).toThrow(problem);
  });
});

describe('nerve', () => {
  it.each([
    ['{"host":"h","port":80,"name":"n"}', 'h:80', { host: 'h', port: '80', name: 'n' }],
    ['{"HOST":"h","Port":80}', 'h:80', { host: 'h', port: '80' }],
    ['{"host":"fe80::1","port":80}', '[fe80::1]:80', { host: 'fe80::1', port: '80' }],
    ['{}', ':0', { port: '0' }],
  ])('%s', (text, address, endpoint) => {
    const expected = Object.entries(endpoint).map(([k, v]) => [`__meta_nerve_endpoint_${k}`, v]);
    expect(labels(readNerveMember, text)).toEqual({
      __address__: address,
      __meta_nerve_path: '/p',
      ...Object.fromEntries(expected),
    });
  });
});
