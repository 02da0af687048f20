import { describe, expect, test } from 'vitest';
import { noProxyRules } from './no-proxy.js';
import { proxyChoice } from './proxy-choice.js';

// The rules of golang.org/x/net/http/httpproxy.
test.each<[noProxy: string, host: string, port: string, isDirect: boolean]>([
  ['', 'localhost', '80', true],
  ['', '127.9.9.9', '80', true],
  ['', '[::1]', '80', true],
  ['', 'example.com', '80', false],
  ['*', 'example.com', '80', true],
  ['foo.com', 'foo.com', '80', true],
  ['foo.com', 'bar.foo.com', '80', true],
  ['foo.com', 'barfoo.com', '80', false],
  ['FOO.com', 'Foo.COM', '80', true],
  ['.foo.com', 'bar.foo.com', '80', true],
  ['.foo.com', 'foo.com', '80', false],
  ['*.foo.com', 'bar.foo.com', '80', true],
  ['*.foo.com', 'foo.com', '80', false],
  ['foo.com:8080', 'foo.com', '8080', true],
  ['foo.com:8080', 'foo.com', '80', false],
  ['.foo.com:8080', 'bar.foo.com', '8080', true],
  ['a.com, b.com ,c.com', 'b.com', '80', true],
  [',,', 'b.com', '80', false],
  [':80', 'b.com', '80', false],
  ['10.0.0.1', '10.0.0.1', '80', true],
  ['10.0.0.1:80', '10.0.0.1', '80', true],
  ['10.0.0.1:81', '10.0.0.1', '80', false],
  ['10.0.0.1', '10.0.0.11', '80', false],
  ['10.0.0.0/8', '10.200.3.4', '80', true],
  ['10.0.0.0/8', '11.0.0.1', '80', false],
  ['10.0.0.0/33', '10.0.0.1', '80', false],
  ['10.0.0.0/8', '10.example.com', '80', false],
  ['2001:db8::1', '[2001:db8::1]', '80', true],
  ['[2001:db8::1]:443', '[2001:db8::1]', '443', true],
  ['[2001:db8::1]:443', '[2001:db8::1]', '80', false],
  ['2001:db8::/32', '[2001:db8:1::9]', '80', true],
  ['2001:db8::/32', '[2001:db9::9]', '80', false],
  ['bücher.test', 'xn--bcher-kva.test', '80', true],
])('no_proxy %j: %s:%s directly: %s', (noProxy, host, port, isDirect) => {
  expect(noProxyRules(noProxy)(host, port)).toBe(isDirect);
});

describe('the proxy of a URL', () => {
  const none = { noProxy: '', connectHeaders: {} };
  const choose = (environment: NodeJS.ProcessEnv, url: string) => {
    const config = { ...none, url: undefined, fromEnvironment: true };
    return proxyChoice(config, environment)(new URL(url))?.url.host;
  };

  test.each<[environment: NodeJS.ProcessEnv, url: string, proxy: string | undefined]>([
    [{}, 'http://a.test', undefined],
    [{ HTTP_PROXY: 'http://p:1' }, 'http://a.test', 'p:1'],
    [{ HTTP_PROXY: 'p:1' }, 'http://a.test', 'p:1'],
    [{ http_proxy: 'http://p:1' }, 'http://a.test', 'p:1'],
    [{ HTTP_PROXY: 'http://p:1' }, 'https://a.test', undefined],
    [{ HTTPS_PROXY: 'http://p:2' }, 'https://a.test', 'p:2'],
    [{ HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test' }, 'http://a.test', undefined],
    [{ HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test:81' }, 'http://a.test', 'p:1'],
    [{ HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test:80' }, 'http://a.test', undefined],
    [{ HTTP_PROXY: 'http://p:1' }, 'http://localhost', undefined],
  ])('environment %j, %s: %s', (environment, url, proxy) => {
    expect(choose(environment, url)).toBe(proxy);
  });

  test('proxy_url alone takes loopback too; with no_proxy it does not', () => {
    const config = { ...none, url: 'http://p:1', fromEnvironment: false };
    const url = new URL('http://127.0.0.1:9100');
    expect(proxyChoice(config, {})(url)?.url.host).toBe('p:1');
    expect(proxyChoice({ ...config, noProxy: 'a.test' }, {})(url)).toBeUndefined();
  });
});
