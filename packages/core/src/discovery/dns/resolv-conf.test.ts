import { expect, it } from 'vitest';
import { parseDnsServer } from './dns-server.js';
import { candidateNames, parseResolvConf } from './resolv-conf.js';

it.each([
  ['10.0.0.2', { address: '10.0.0.2', port: 53 }],
  ['10.0.0.2:5353', { address: '10.0.0.2', port: 5353 }],
  ['::1', { address: '::1', port: 53 }],
  ['fe80::1%eth0', { address: 'fe80::1%eth0', port: 53 }],
  ['[::1]:5353', { address: '::1', port: 5353 }],
  ['[::1]', { address: '::1', port: 53 }],
  ['dns.example', undefined],
  ['10.0.0.2:0', undefined],
  ['10.0.0.2:65536', undefined],
  ['[10.0.0.2]:53', undefined],
  ['', undefined],
])('server %s', (text, server) => {
  expect(parseDnsServer(text)).toEqual(server);
});

const server = { address: '10.0.0.2', port: 53 };

it.each([
  ['', { servers: [], searchDomains: [], ndots: 1 }],
  [
    'nameserver 10.0.0.2\nnameserver ::1\n',
    { servers: [server, { address: '::1', port: 53 }], searchDomains: [], ndots: 1 },
  ],
  [
    '# a comment\n; nameserver 1.1.1.1\nnameserver\t10.0.0.2 # ours\r\nnameserver nonsense\n',
    { servers: [server], searchDomains: [], ndots: 1 },
  ],
  [
    'domain a.example\nsearch b.example c.example\n',
    { servers: [], searchDomains: ['b.example', 'c.example'], ndots: 1 },
  ],
  ['search b.example\ndomain a.example x', { servers: [], searchDomains: ['a.example'], ndots: 1 }],
  ['options rotate ndots:5\n', { servers: [], searchDomains: [], ndots: 5 }],
  ['options ndots:99', { servers: [], searchDomains: [], ndots: 15 }],
  ['options ndots:-1', { servers: [], searchDomains: [], ndots: 0 }],
])('resolv.conf %j', (text, conf) => {
  expect(parseResolvConf(text)).toEqual(conf);
});

it.each([
  ['a.example.', 1, ['s.example'], ['a.example.']],
  ['a', 1, [], ['a.']],
  ['a', 1, ['s.example', 't.'], ['a.s.example.', 'a.t.', 'a.']],
  ['a', 0, ['s.example'], ['a.', 'a.s.example.']],
  ['a.b', 1, ['s.example'], ['a.b.', 'a.b.s.example.']],
  ['a.b', 2, ['s.example'], ['a.b.s.example.', 'a.b.']],
  ['a', 1, ['.'], ['a.', 'a.']],
])('%s with ndots:%i and search %j', (name, ndots, searchDomains, candidates) => {
  expect(candidateNames(name, { servers: [], searchDomains, ndots })).toEqual(candidates);
});
