import { describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import { parseReceiver, parseReplaySource } from './parse-replay.js';

describe('the source', () => {
  test('a port is added where there is none', () => {
    const { brokers, topic, group } = parseReplaySource('kafka://a,b:1/t?group=g', undefined);
    expect({ brokers, topic, group }).toEqual({
      brokers: ['a:9092', 'b:1'],
      topic: 't',
      group: 'g',
    });
  });

  test.each([
    ['http://a/t?group=g', /expected kafka:/],
    ['kafka://a/t', /the group remembers/],
    ['kafka://a/?group=g', /expected kafka:/],
    ['kafka://a/t?group=g&x=1', /found x=/],
    ['kafka://user:word@a/t?group=g', /--kafka\.config\.file/],
  ])('%s', (url, words) => {
    expect(() => parseReplaySource(url, undefined)).toThrow(RangeError);
    expect(() => parseReplaySource(url, undefined)).toThrow(words);
  });

  test('credentials and TLS come from a file', () => {
    const text = [
      '---',
      'sasl:',
      '  mechanism: plain',
      '  username: u',
      '  password: p',
      'tls_config: {insecure_skip_verify: true}',
    ].join('\n');
    const source = parseReplaySource('kafka://a/t?group=g', { text, file: 'kafka.yml' });
    expect(source).toMatchObject({
      sasl: { mechanism: 'plain', username: 'u', password: { text: 'p' } },
      tls: { insecureSkipVerify: true },
    });
  });
});

describe('the receiver', () => {
  test('has the fields of remote_write', () => {
    const text = 'basic_auth: {username: u, password_file: word}\nremote_timeout: 5s\n';
    const options = parseReceiver('http://a/w', { text, file: '/etc/http.yml' });
    expect(options).toMatchObject({
      url: 'http://a/w',
      remoteTimeoutMs: 5_000,
      http: { basicAuth: { username: { text: 'u' }, password: { file: '/etc/word' } } },
    });
  });

  test('what is wrong in the file is told at its place', () => {
    const text = '# how\nbasic_auth:\n  username: u\nremote_timeot: 5s\n';
    try {
      parseReceiver('http://a/w', { text, file: 'http.yml' });
      expect.unreachable();
    } catch (error) {
      expect(PromAgentError.is(error) && error.data['problems']).toMatchObject([
        { file: 'http.yml', line: 4, column: 1, path: 'remote_timeot' },
      ]);
    }
  });

  test('rules are refused: a replay changes no labels', () => {
    const text = 'write_relabel_configs: [{action: labeldrop, regex: a}]\n';
    expect(() => parseReceiver('http://a/w', { text, file: 'http.yml' })).toThrow(
      /http\.yml.*write_relabel_configs.*changes no labels/,
    );
  });
});
