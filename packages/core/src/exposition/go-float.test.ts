import { describe, expect, it } from 'vitest';
import { formatGoFloat, parseGoFloat } from './go-float.js';

describe('formatGoFloat', () => {
  it.each([
    [1, '1.0'],
    [0, '0.0'],
    [-0, '0.0'],
    [-1, '-1.0'],
    [0.5, '0.5'],
    [123456.7, '123456.7'],
    [999999, '999999.0'],
    [1e6, '1e+06'],
    [1048576, '1.048576e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [-2.5e100, '-2.5e+100'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
  ])('%s is %s', (value, text) => {
    expect(formatGoFloat(value)).toBe(text);
  });
});

describe('parseGoFloat', () => {
  it.each([
    ['1', 1],
    ['+Inf', Infinity],
    ['1e3', 1000],
    ['0x1p-3', 0.125],
    ['-0X1.8p1', -3],
    ['0x.8p0', 0.5],
    ['0x_1p0', 1],
    ['0x1p-1074', 5e-324],
    ['0x1p1024', undefined],
    ['0x1', undefined],
    ['0xp1', undefined],
    ['0x.p1', undefined],
    ['1_000', 1000],
    ['1_23.50_0_0e+1_2', 1.235e14],
    ['_1', undefined],
    ['1_', undefined],
    ['1__0', undefined],
    ['1_.5', undefined],
    ['1e400', undefined],
    ['bla', undefined],
    ['', undefined],
  ])('%s is %s', (text, value) => {
    expect(parseGoFloat(text)).toBe(value);
  });
});
