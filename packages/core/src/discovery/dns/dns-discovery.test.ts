import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeDiscoveryContract } from '../discovery.contract.js';
import { DnsScene } from './dns-scene.contract.js';

const a = (...addresses: string[]) => addresses.map((one) => `a.example. 60 IN A ${one}`);

describeDiscoveryContract('DnsDiscovery', async () => {
  const scene = await DnsScene.create();
  let version = 1;
  const write = () => {
    scene.server.zone = { 'a.example.': [`a.example. 60 IN SRV 0 0 ${version++} t.example.`] };
  };
  write();
  return {
    discovery: scene.discovery(),
    change: async () => write(),
    breakIt: async () => {
      scene.server.zone = { 'a.example.': ['!ERR'] };
    },
    letItSee: () => scene.refresh(),
    pendingTimers: () => scene.clock.pendingTimers,
    close: () => scene.close(),
  };
});

describe('DnsDiscovery', () => {
  let scene: DnsScene;
  beforeEach(async () => {
    scene = await DnsScene.create({ 'a.example.': a('10.0.0.1', '10.0.0.2') });
  });
  afterEach(() => scene.close());

  const asA = { type: 'A', port: 9100 } as const;

  it('finds what comes, and drops what goes: records, then the name', async () => {
    await scene.start(asA);
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.2:9100']);
    scene.server.zone = { 'a.example.': a('10.0.0.2', '10.0.0.3') };
    await scene.refresh();
    expect(scene.addresses).toEqual(['10.0.0.2:9100', '10.0.0.3:9100']);
    scene.server.zone = { 'a.example.': [] };
    await scene.refresh();
    expect(scene.addresses).toEqual([]);
    scene.server.zone = { 'a.example.': a('10.0.0.1') };
    await scene.refresh();
    expect(scene.addresses).toEqual(['10.0.0.1:9100']);
    scene.server.zone = {};
    await scene.refresh();
    expect(scene.addresses).toEqual([]);
    expect(scene.error).toBeUndefined();
    expect(scene.updates).toHaveLength(5);
  });

  it('an answer in another order is no change', async () => {
    await scene.start(asA);
    scene.server.zone = { 'a.example.': a('10.0.0.2', '10.0.0.1') };
    await scene.refresh();
    expect(scene.updates).toHaveLength(1);
  });

  it.each([
    ['SERVFAIL', (s: DnsScene) => (s.server.zone = { 'a.example.': ['!ERR'] }), /: SERVFAIL$/],
    ['garbage', (s: DnsScene) => (s.server.behaviour = 'garbage'), /no answer in 2000 ms$/],
    ['half an answer', (s: DnsScene) => (s.server.behaviour = 'cut'), /the answer is malformed: /],
    ['silence', (s: DnsScene) => (s.server.behaviour = 'silence'), /no answer in 2000 ms$/],
    [
      'an answer cut off over TCP too',
      (s: DnsScene) => (s.server.behaviour = 'truncated-always'),
      /cut off over TCP too$/,
    ],
    [
      'a TCP connection that closes',
      (s: DnsScene) => (s.server.behaviour = 'close'),
      /the connection was closed/,
    ],
    ['a server that is gone', (s: DnsScene) => s.server.close(), /ECONNREFUSED/],
  ])('%s keeps the last group and says why; then it recovers', async (_name, breakIt, error) => {
    await scene.start(asA);
    await breakIt(scene);
    await scene.clock.advance(scene.clock.nextTimerMs!);
    await scene.settle(/no answer/.test(error.source));
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.2:9100']);
    expect(scene.error).toMatch(error);
    expect(scene.error).toContain(`cannot look up A of "a.example.": ${scene.server.address}: `);
    expect(scene.failedAttempts).toBe(1);
    if (scene.error?.includes('ECONNREFUSED')) await scene.server.listen();
    scene.server.behaviour = 'answer';
    scene.server.zone = { 'a.example.': a('10.0.0.1', '10.0.0.2') };
    await scene.refresh();
    expect(scene.error).toBeUndefined();
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.2:9100']);
  });

  it('an answer too long for a datagram comes over TCP', async () => {
    const addresses = Array.from({ length: 3_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    scene.server.zone = { 'a.example.': a(...addresses) };
    await scene.start(asA);
    expect(scene.addresses).toEqual(addresses.map((address) => `${address}:9100`));
    expect(scene.server.questions.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it('a name that fails leaves the others, and keeps what it had', async () => {
    scene.server.zone = { 'a.example.': a('10.0.0.1'), 'b.example.': a('10.0.0.2') };
    await scene.start({ ...asA, names: ['a.example.', 'b.example.'] });
    scene.server.zone = { 'a.example.': ['!ERR'], 'b.example.': a('10.0.0.3') };
    await scene.refresh();
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.3:9100']);
    expect(scene.error).toMatch(/"a\.example\.".*SERVFAIL$/);
  });

  it('of many names that fail it tells some', async () => {
    scene.server.zone = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`n${i}.example.`, i < 190 ? ['!ERR'] : a('10.0.0.1')]),
    );
    await scene.start({ ...asA, names: Object.keys(scene.server.zone) });
    expect(scene.addresses).toHaveLength(10);
    expect(scene.error).toMatch(/"n0\.example.*"n1\.example.*"n2\.example.*; and 187 more$/);
  });

  it('asks the next server when one fails, and does not when one knows of no such name', async () => {
    const other = await DnsScene.create({ 'a.example.': a('10.0.0.9') });
    const servers = [scene.server.address, other.server.address];
    scene.server.zone = { 'a.example.': ['!ERR'] };
    await scene.start({ ...asA, servers });
    expect(scene.addresses).toEqual(['10.0.0.9:9100']);
    scene.server.zone = {};
    await scene.refresh();
    expect(scene.addresses).toEqual([]);
    await other.close();
  });

  it('tries the search domains, and a name of enough dots first as it is', async () => {
    await scene.writeConf('nameserver 192.0.2.1\nsearch x.example y.example\n');
    scene.server.zone = { 'web.y.example.': a('10.0.0.1'), 'web.b.x.example.': a('10.0.0.2') };
    await scene.start({ ...asA, names: ['web', 'web.b'] });
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.2:9100']);
    expect(scene.server.questions.map(({ name }) => name).sort()).toEqual(
      ['web.x.example.', 'web.y.example.', 'web.b.', 'web.b.x.example.'].sort(),
    );
    expect(scene.updates[0]?.groups[0]?.targets[0]?.get('__meta_dns_name')).toBe('web');
  });

  it('that no such name exists is only known when every candidate was answered', async () => {
    await scene.writeConf('search x.example\n');
    scene.server.zone = { 'web.x.example.': a('10.0.0.1') };
    await scene.start({ ...asA, names: ['web'] });
    scene.server.zone = { 'web.x.example.': ['!ERR'] };
    await scene.refresh();
    expect(scene.addresses).toEqual(['10.0.0.1:9100']);
    expect(scene.error).toMatch(/SERVFAIL/);
  });

  it.each([
    [undefined, /^cannot read .*resolv\.conf: ENOENT/],
    [
      'search x.example\n',
      /resolv\.conf names no name server, and neither does the configuration$/,
    ],
  ])('without a server it says so: %j', async (conf, error) => {
    if (conf !== undefined) await scene.writeConf(conf);
    await scene.start({ ...asA, servers: [] });
    expect(scene.updates).toEqual([{ groups: [], error: expect.any(Error) }]);
    expect(scene.error).toMatch(error);
  });

  it('a server that the network refuses to send to fails the lookup, not the process', async () => {
    await scene.start({ ...asA, servers: ['255.255.255.255'] });
    expect(scene.error).toMatch(/: 255\.255\.255\.255:53: .*EACCES/);
  });

  it('an answer with another id is not heard', async () => {
    scene.server.behaviour = 'forged';
    await scene.start(asA);
    expect(scene.addresses).toEqual(['10.0.0.1:9100', '10.0.0.2:9100']);
  });

  it('a server that is no address is refused', async () => {
    await scene.start({ ...asA, servers: ['dns.example'] });
    expect(scene.error).toBe('dns.example is no name server: expected IP or IP:port');
  });

  it('a record that is no target is passed over with a word, once; a CNAME without', async () => {
    scene.server.zone = {
      'a.example.': ['a.example. 5 IN TXT x', 'a.example. 5 IN CNAME b.', ...a('10.0.0.9')],
    };
    await scene.start(asA);
    await scene.refresh();
    expect(scene.addresses).toEqual(['10.0.0.9:9100']);
    expect(scene.warnings).toEqual([{ name: 'a.example.', typeCode: 16 }]);
  });

  it('abort in the middle of a lookup ends it at once', async () => {
    scene.server.behaviour = 'silence';
    const stop = new AbortController();
    const running = scene.discovery(asA).run(() => expect.unreachable(), stop.signal);
    while (scene.server.questions.length === 0) await turn();
    stop.abort();
    await running;
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('no two discoveries started together ask together for ever', async () => {
    await scene.start(asA);
    expect(scene.clock.nextTimerMs).toBeLessThanOrEqual(30_000);
    expect(scene.clock.nextTimerMs).toBeGreaterThanOrEqual(27_000);
  });
});
