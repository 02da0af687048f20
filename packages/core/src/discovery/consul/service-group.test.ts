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
});
