import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostAndPort } from '../host-and-port.js';
import { decodeResponse, encodeQuery, isResponseTo, isTruncated } from './dns-message.js';
import { countLabels, encodeName, isAbsolute, readName } from './dns-name.js';
import { ipv6Text } from './ip-address-text.js';

describe('names', () => {
  it.each([
    ['.', '00', '.'],
    ['a.example.', '0161076578616d706c6500', 'a.example.'],
    ['a.example', '0161076578616d706c6500', 'a.example.'],
    ['a\\.b.c.', '03612e62016300', 'a\\.b.c.'],
    ['a\\046b.', '03612e6200', 'a\\.b.'],
    ['_http._tcp.x.', '055f68747470045f746370017800', '_http._tcp.x.'],
    ['é.', '02c3a900', '\\195\\169.'],
    ['a b@c;d.', '0761206240633b6400', 'a\\ b\\@c\\;d.'],
  ])('%s is written as %s and read as %s', (name, hex, text) => {
    const wire = encodeName(name);
    expect(wire.toString('hex')).toBe(hex);
    expect(readName(wire, 0)).toEqual({ name: text, next: wire.length });
  });

  it.each([
    ['a..b.', /empty label/],
    ['..', /empty label/],
    [`${'a'.repeat(64)}.`, /more than 63 bytes/],
    [`${'abcdefg.'.repeat(32)}`, /longer than 255 bytes/],
  ])('%s is no name', (name, problem) => {
    expect(() => encodeName(name)).toThrow(problem);
  });

  it.each([
    ['a', false, 1],
    ['a.b', false, 2],
    ['a.b.', true, 2],
    ['a\\.', false, 1],
    ['a\\\\.', true, 1],
    ['.', true, 0],
  ])('%s: absolute %s, %i labels', (name, absolute, labels) => {
    expect(isAbsolute(name)).toBe(absolute);
    expect(countLabels(name)).toBe(labels);
  });

  it.each([
    ['a pointer to itself', 'c000'],
    ['a pointer forward', 'c002'],
    ['a pointer round and round', '0161c000'],
    ['a label of an unknown kind', '4161'],
    ['a label past the message', '05616263'],
    ['no end', '0161'],
  ])('%s is refused', (_name, hex) => {
    expect(() => readName(Buffer.from(hex, 'hex'), 0)).toThrow();
  });
});

describe('addresses', () => {
  it.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000001', 'fe80::1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['0001000200030004000500060007abcd', '1:2:3:4:5:6:7:abcd'],
    ['00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['00010002000300040005000600000000', '1:2:3:4:5:6::'],
    ['00000000000000000000ffff01020304', '1.2.3.4'],
    ['00000000000000000000000001020304', '::102:304'],
  ])('%s is %s', (hex, text) => {
    expect(ipv6Text(Buffer.from(hex, 'hex'))).toBe(text);
  });

  it('an IPv6 address goes into brackets', () => {
    expect([hostAndPort('fe80::1', 1), hostAndPort('h', 1)]).toEqual(['[fe80::1]:1', 'h:1']);
  });
});

describe('messages', () => {
  const question = '0161076578616d706c6500'; // a.example.
  const answer = (flags: string, counts: string, rest: string) =>
    Buffer.from(`0007${flags}0001${counts}${question}00010001${rest}`, 'hex');

  it('a question asks for recursion, and for long answers over UDP', () => {
    expect(encodeQuery(7, 'a.example', 'SRV', true).toString('hex')).toBe(
      `000701000001000000000001${question}002100010000 2904d0000000000000`.replace(' ', ''),
    );
    expect(encodeQuery(7, 'a.example.', 'A', false).toString('hex')).toBe(
      `000701000001000000000000${question}00010001`,
    );
  });

  it('is taken only when it answers the question', () => {
    const message = answer('8180', '000000000000', '');
    expect(isResponseTo(7, message)).toBe(true);
    expect(isResponseTo(8, message)).toBe(false);
    expect(isResponseTo(1, encodeQuery(1, 'a.', 'A', true))).toBe(false);
    expect(isResponseTo(7, message.subarray(0, 11))).toBe(false);
    expect([isTruncated(message), isTruncated(answer('8380', '000000000000', ''))]).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ['A', '0001', '0a000009', { type: 'A', address: '10.0.0.9' }],
    ['NS in a pointer', '0002', '026e73c00e', { type: 'NS', target: 'ns.example.' }],
    ['MX', '000f', '000a016dc00e', { type: 'MX', target: 'm.example.' }],
    ['SRV', '0021', '0001000223820173c00e', { type: 'SRV', target: 's.example.', port: 9090 }],
    ['SRV to the root', '0021', '00000000000000', { type: 'SRV', target: '.', port: 0 }],
    ['CNAME', '0005', 'c00c', { type: 'CNAME' }],
    ['TXT', '0010', '0178', { type: 'other', code: 16 }],
  ])('reads %s', (_name, type, data, record) => {
    const length = (data.length / 2).toString(16).padStart(4, '0');
    const message = answer('8180', '000100000000', `c00c${type}00010000003c${length}${data}`);
    expect(decodeResponse(message)).toEqual({ responseCode: 0, answers: [record] });
    for (let end = 12; end < message.length; end++) {
      expect(() => decodeResponse(message.subarray(0, end))).toThrow();
    }
  });

  it('an address of a wrong length, or a name that ends elsewhere, is refused', () => {
    for (const rest of ['c00c00010001000000000003010203', 'c00c0002000100000000000300ffff']) {
      expect(() => decodeResponse(answer('8180', '000100000000', rest))).toThrow();
    }
  });

  it('a response code has its upper bits in the OPT record', () => {
    const message = answer('8180', '000000000001', '000029100001000000 0000'.replace(' ', ''));
    expect(decodeResponse(message)).toEqual({ responseCode: 16, answers: [] });
  });

  it('whatever bytes come, it ends, with records or an Error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 200 }), (bytes) => {
        try {
          decodeResponse(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
