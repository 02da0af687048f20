import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../../errors.js';
import { type LabelMatcher, parseSelector } from './selector.js';

const name = (value: string): LabelMatcher => ({ label: '__name__', operator: '=', value });
const match = (label: string, operator: LabelMatcher['operator'], value: string): LabelMatcher => ({
  label,
  operator,
  value,
});

// What Prometheus 3.5 accepts, by its /federate.
describe('parseSelector', () => {
  it.each<[string, LabelMatcher[]]>([
    ['up', [name('up')]],
    [' up ', [name('up')]],
    ['sum', [name('sum')]],
    ['SUM{}', [name('SUM')]],
    ['start', [name('start')]],
    ['fill', [name('fill')]],
    [':x:y', [name(':x:y')]],
    ['{}', []],
    ['{job=~".*"}', [match('job', '=~', '.*')]],
    ['{"my.metric"}', [name('my.metric')]],
    ['{"my.metric",}', [name('my.metric')]],
    ['{"up", job="self"}', [name('up'), match('job', '=', 'self')]],
    ['{"up","up2"}', [name('up'), name('up2')]],
    ['up{"up2"}', [name('up'), name('up2')]],
    ['up{__name__="x"}', [name('up'), name('x')]],
    ['{"a.b"="x"}', [match('a.b', '=', 'x')]],
    ['{"up"!="x"}', [match('up', '!=', 'x')]],
    ['{""="x"}', [match('', '=', 'x')]],
    ['up{sum="x"}', [name('up'), match('sum', '=', 'x')]],
    ['up{on="x",bool!="y"}', [name('up'), match('on', '=', 'x'), match('bool', '!=', 'y')]],
    [
      'up{a="1",b!="2",c=~"3",d!~"4",}',
      [
        name('up'),
        match('a', '=', '1'),
        match('b', '!=', '2'),
        match('c', '=~', '3'),
        match('d', '!~', '4'),
      ],
    ],
    ['up{ job = "self" , i != "" }', [name('up'), match('job', '=', 'self'), match('i', '!=', '')]],
    ['# c\nup # d', [name('up')]],
    ['up{ # c }\n a="b" # d\r\n}', [name('up'), match('a', '=', 'b')]],
    [`{a='it"s'}`, [match('a', '=', 'it"s')]],
    ['{a=`r\\n"\'\n`}', [match('a', '=', 'r\\n"\'\n')]],
    ['{a="\\a\\b\\f\\n\\r\\t\\v\\\\\\""}', [match('a', '=', '\x07\b\f\n\r\t\v\\"')]],
    [`{a='\\''}`, [match('a', '=', "'")]],
    ['{a="s\\145\\x6c\\u0066\\U0001F600"}', [match('a', '=', 'self😀')]],
    ['{a="\\xc3\\xa9"}', [match('a', '=', 'é')]],
    ['{a="é😀"}', [match('a', '=', 'é😀')]],
    ['{__name__=~"(up|x)"}', [match('__name__', '=~', '(up|x)')]],
    ['up{job=~"(?i)SELF"}', [name('up'), match('job', '=~', '(?i)SELF')]],
  ])('%j', (text, expected) => {
    expect(parseSelector(text)).toEqual(expected);
  });

  it('reads any name and value back in every style of quotes', () => {
    const plain = fc.string({ unit: 'grapheme' });
    const styles = fc.constantFrom<(text: string) => string>(
      (text) => JSON.stringify(text),
      (text) =>
        `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`,
      (text) => (text.includes('`') ? JSON.stringify(text) : `\`${text}\``),
      (text) =>
        `"${[...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`,
      (text) =>
        `"${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`,
    );
    fc.assert(
      fc.property(plain, plain, styles, (label, value, quote) => {
        const text = `{${quote(label)}!=${quote(value)}}`;
        expect(parseSelector(text)).toEqual([match(label, '!=', value)]);
      }),
    );
  });
});

// The positions are those of Prometheus 3.5, and most of the words.
describe('parseSelector refuses', () => {
  it.each([
    ['-x', '1:1: parse error: unexpected "-"'],
    ['not-a-valid-name', '1:4: parse error: unexpected "-"'],
    ['', '1:1: parse error: unexpected end of input'],
    ['"up"', '1:1: parse error: unexpected "\\""'],
    [
      'up{',
      '1:4: parse error: unexpected end of input in label matching, expected identifier or "}"',
    ],
    ['{a="b', '1:4: parse error: unterminated quoted string'],
    ['{a=`b', '1:4: parse error: unterminated raw string'],
    ['up{a=}', '1:6: parse error: unexpected "}" in label matching, expected string'],
    ['up{job=="self"}', '1:8: parse error: unexpected "=" in label matching, expected string'],
    ['up{job=self}', '1:8: parse error: unexpected "self" in label matching, expected string'],
    [
      'up{job"self"}',
      '1:7: parse error: unexpected "\\"" in label matching, expected label matching operator',
    ],
    ['up{,}', '1:4: parse error: unexpected "," in label matching, expected identifier or "}"'],
    [
      'up{a="b",,}',
      '1:10: parse error: unexpected "," in label matching, expected identifier or "}"',
    ],
    [
      'up{a="b"',
      '1:9: parse error: unexpected end of input in label matching, expected "," or "}"',
    ],
    ['{"a" "b"}', '1:6: parse error: unexpected "\\"" in label matching, expected "," or "}"'],
    ['up[5m]', '1:3: parse error: unexpected "["'],
    ['up offset 5m', '1:4: parse error: unexpected "offset"'],
    ['up @ 5', '1:4: parse error: unexpected "@"'],
    ['up up', '1:4: parse error: unexpected "up"'],
    ['{job="self"} up', '1:14: parse error: unexpected "up"'],
    ['up{a="b"} or x', '1:11: parse error: unexpected "or"'],
    ['up}', '1:3: parse error: unexpected "}"'],
    ['inf', '1:1: parse error: unexpected <inf>'],
    ['On{a="b"}', '1:1: parse error: unexpected <On>'],
    ['up{1="x"}', '1:4: parse error: unexpected "1" in label matching, expected identifier or "}"'],
    ['up{é="x"}', '1:4: parse error: unexpected "é" in label matching, expected identifier or "}"'],
    [
      'up{le:x="1"}',
      '1:6: parse error: unexpected ":x" in label matching, expected label matching operator',
    ],
    ['up\n{a=1}', '2:4: parse error: unexpected "1" in label matching, expected string'],
    ['up{a="x\ny"}', '1:6: parse error: unterminated quoted string'],
    ['up{a="\\q"}', '1:7: parse error: unknown escape sequence "\\\\q"'],
    [`up{a='\\"'}`, '1:7: parse error: unknown escape sequence "\\\\\\""'],
    ['up{a="\\ud800"}', '1:7: parse error: escape sequence is an invalid Unicode code point'],
    ['up{a="\\400"}', '1:7: parse error: escape sequence is an invalid Unicode code point'],
    ['up{a="\\x1"}', '1:7: parse error: illegal character in escape sequence'],
    ['up{a=~"("}', '1:7: parse error: error parsing regexp: missing closing )'],
    [
      'up{a=~"(?=x)"}',
      '1:7: parse error: error parsing regexp: RE2 has no lookahead and no lookbehind',
    ],
  ])('%j', (text, message) => {
    expect(() => parseSelector(text)).toThrow(
      expect.objectContaining({ code: 'SELECTOR_INVALID', message }),
    );
  });

  it('anything else with a PromAgentError that says where', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}="\'`\\!~,#ab:x0(\n é'.split('')) });
    fc.assert(
      fc.property(noise, (text) => {
        try {
          parseSelector(text);
        } catch (error) {
          if (!PromAgentError.is(error)) throw error;
          expect(error.code).toBe('SELECTOR_INVALID');
          expect(error.message).toMatch(/^\d+:\d+: parse error: ./);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
