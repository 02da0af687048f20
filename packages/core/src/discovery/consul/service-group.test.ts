import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceGroup } from './service-group.js';

const separator = { tagSeparator: ',' };

function labelsOf(instance: object): Record<string, string> {
  const { targets } = serviceGroup('web', 'dc1', separator, [instance]);
  return Object.fromEntries(targets[0]!);
}

describe('serviceGroup', () => {
  it('gives an instance all labels that Prometheus gives it', () => {
    const group = serviceGroup('web', 'dc1', { tagSeparator: '|' }, [
      {
        Node: {
          Node: 'n1',
          Address: '10.0.0.1',
          Meta: { 'Os-Name': 'linux', äß: 'x' },
          TaggedAddresses: { lan: '10.0.0.1', wan_ipv4: '1.2.3.4' },
        },
        Service: {
          ID: 'web-1',
          Address: '10.0.0.9',
          Port: 80,
          Tags: ['a', 'b,c'],
          Meta: { 'k.e-y': 'v', empty: '' },
          Namespace: 'ns',
          Partition: 'p',
        },
        Checks: [{ CheckID: 'serfHealth', Status: 'passing' }],
      },
    ]);
    expect([group.source, Object.fromEntries(group.labels)]).toEqual([
      'web',
      { __meta_consul_service: 'web', __meta_consul_dc: 'dc1' },
    ]);
    expect(Object.fromEntries(group.targets[0]!)).toEqual({
      __address__: '10.0.0.9:80',
      __meta_consul_address: '10.0.0.1',
      __meta_consul_node: 'n1',
      __meta_consul_namespace: 'ns',
      __meta_consul_partition: 'p',
      __meta_consul_tags: '|a|b,c|',
      __meta_consul_service_address: '10.0.0.9',
      __meta_consul_service_port: '80',
      __meta_consul_service_id: 'web-1',
      __meta_consul_health: 'passing',
      __meta_consul_metadata_Os_Name: 'linux',
      __meta_consul_metadata___: 'x',
      __meta_consul_service_metadata_k_e_y: 'v',
      __meta_consul_tagged_address_lan: '10.0.0.1',
      __meta_consul_tagged_address_wan_ipv4: '1.2.3.4',
    });
  });

  it.each<[string, object, string]>([
    ['the address of the node without one of its own', { Port: 80 }, '10.0.0.1:80'],
    ['port 0 when it has none', {}, '10.0.0.1:0'],
    ['null as nothing', { Address: null, Port: null, Tags: null, Meta: null }, '10.0.0.1:0'],
    ['brackets around IPv6', { Address: 'fe80::1', Port: 1 }, '[fe80::1]:1'],
  ])('%s', (_name, Service, address) => {
    const Node = { Address: '10.0.0.1' };
    expect(labelsOf({ Node, Service })['__address__']).toBe(address);
  });

  const check = (Status: string, CheckID = 'c') => ({ Status, CheckID });
  it.each<[object[] | null, string | undefined]>([
    [null, 'passing'],
    [[], 'passing'],
    [[check('passing'), check('warning')], 'warning'],
    [[check('critical'), check('warning')], 'critical'],
    [[check('critical'), check('critical', '_node_maintenance')], 'maintenance'],
    [[check('critical', '_service_maintenance:web-1')], 'maintenance'],
    [[check('passing'), check('odd')], undefined],
  ])('checks %j are together %s', (Checks, health) => {
    expect(labelsOf({ Node: {}, Service: {}, Checks })['__meta_consul_health']).toBe(health);
  });

  it('no tags are a separator twice', () => {
    expect(labelsOf({ Node: {}, Service: { Tags: null } })['__meta_consul_tags']).toBe(',,');
  });

  it.each([{}, 'web', [1], [null], [{}], [{ Node: {} }], [{ Node: [], Service: {} }]])(
    '%j is no list of instances',
    (answer) => {
      const message = 'service web: expected a list of instances of Consul';
      expect(() => serviceGroup('web', 'dc1', separator, answer)).toThrow(message);
    },
  );

  it('null is an empty list', () => {
    expect(serviceGroup('web', 'dc1', separator, null).targets).toEqual([]);
  });

  it('whatever is answered makes well-formed targets or an error that says what is expected', () => {
    const odd = fc.jsonValue({ maxDepth: 2 });
    const field = <T>(good: fc.Arbitrary<T>) =>
      fc.option(fc.oneof({ weight: 4, arbitrary: good }, odd));
    const texts = fc.dictionary(fc.string(), fc.oneof(fc.string(), odd));
    const instance = fc.record(
      {
        Node: field(fc.record({ Address: field(fc.string()), Meta: field(texts) })),
        Service: field(
          fc.record({
            Address: field(fc.string()),
            Port: field(fc.nat()),
            Tags: field(fc.array(fc.string())),
            Meta: field(texts),
          }),
        ),
        Checks: field(
          fc.array(fc.record({ CheckID: field(fc.string()), Status: field(fc.string()) })),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(instance), odd), (answer) => {
        let targets: readonly ReadonlyMap<string, unknown>[] = [];
        try {
          targets = serviceGroup('web', 'dc1', separator, answer).targets;
        } catch (error) {
          expect((error as Error).message).toBe(
            'service web: expected a list of instances of Consul',
          );
        }
        for (const target of targets) {
          expect(target.has('__address__')).toBe(true);
          for (const [name, value] of target) {
            expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
            expect(typeof value === 'string' && value !== '').toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
