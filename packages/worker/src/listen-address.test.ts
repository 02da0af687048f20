import { describe, expect, it } from 'vitest';
import { formatHostPort, parseListenAddress } from './listen-address.js';

describe('parseListenAddress', () => {
  it.each([
    ['0.0.0.0:9464', '0.0.0.0', 9464],
    [':9464', undefined, 9464],
    ['[::1]:9464', '::1', 9464],
    ['[::]:9464', '::', 9464],
    ['[]:9464', undefined, 9464],
    ['localhost:0', 'localhost', 0],
    ['127.0.0.1:65535', '127.0.0.1', 65535],
  ])('reads %s', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    '9464',
    'host',
    'host:',
    ':',
    'h:http',
    'h:-1',
    'h:65536',
    '::1:9464',
    '[::1]',
    'h:1 ',
  ])('refuses %j in words', (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      /is no address to listen on: expected host:port/,
    );
  });
});

describe('formatHostPort', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:9464'],
    ['::1', '[::1]:9464'],
  ])('writes %s as %s', (host, text) => {
    expect(formatHostPort(host, 9464)).toBe(text);
  });
});
