import { describe, expect, it } from 'vitest';
import { targetUrl } from './target-url.js';

function url(labels: Record<string, string>, params: Record<string, string[]> = {}): string {
  const defaults = { __scheme__: 'http', __address__: 'a:1', __metrics_path__: '/metrics' };
  return targetUrl(new Map(Object.entries({ ...defaults, ...labels })), params);
}

describe('targetUrl', () => {
  it.each([
    ['[::1]:9100', 'http://[::1]:9100/metrics'],
    ['[fe80::1%eth0]:9100', 'http://[fe80::1%25eth0]:9100/metrics'],
    ['a b:1', 'http://a%20b:1/metrics'],
    ['ü.example:80', 'http://%C3%BC.example:80/metrics'],
    ['😀', 'http://%F0%9F%98%80/metrics'],
    ['user@h:1', 'http://user%40h:1/metrics'],
    ['a:1?x=y', 'http://a:1%3Fx=y/metrics'],
    ['*:1', 'http://*:1/metrics'],
  ])('address %s', (address, expected) => expect(url({ __address__: address })).toBe(expected));

  it.each([
    ['m', 'http://a:1/m'],
    ['/m?x=y', 'http://a:1/m%3Fx=y'],
    ['/a b/ü', 'http://a:1/a%20b/%C3%BC'],
    ['/100%', 'http://a:1/100%25'],
    ["/(a)!*'[b]", 'http://a:1/%28a%29%21%2A%27%5Bb%5D'],
    ['/a;b,c:d@e=f&g+h$', 'http://a:1/a;b,c:d@e=f&g+h$'],
    ['*', 'http://a:1/*'],
  ])('path %s', (path, expected) => expect(url({ __metrics_path__: path })).toBe(expected));

  it('spells a URL without scheme and path too', () => {
    expect(targetUrl(new Map([['__address__', 'a:1']]), {})).toBe('//a:1');
  });

  it.each([
    ['sorted by name, values in their order', { b: ['2', '1'], a: ['x'] }, {}, 'a=x&b=2&b=1'],
    [
      'sorted as Go sorts',
      { '\u{10000}': ['1'], '\uffff': ['2'] },
      {},
      '%EF%BF%BF=2&%F0%90%80%80=1',
    ],
    ['a blank is a plus', { q: ['1 2&3+/?'] }, {}, 'q=1+2%263%2B%2F%3F'],
    ['unreserved characters stay', { q: ["-_.~!*'()"] }, {}, 'q=-_.~%21%2A%27%28%29'],
    ['brackets', { 'match[]': ['{a="b"}'] }, {}, 'match%5B%5D=%7Ba%3D%22b%22%7D'],
    ['a label replaces the first value', { m: ['x', 'y'] }, { __param_m: 'z' }, 'm=z&m=y'],
    ['a label adds a parameter', {}, { __param_target: 'h:1' }, 'target=h%3A1'],
    ['a parameter without a value', { m: [''] }, {}, 'm='],
    ['a parameter without values', { m: [] }, {}, ''],
  ])('parameters: %s', (_what, params, labels, query) => {
    expect(url(labels as Record<string, string>, params as Record<string, string[]>)).toBe(
      `http://a:1/metrics${query === '' ? '' : `?${query}`}`,
    );
  });
});
