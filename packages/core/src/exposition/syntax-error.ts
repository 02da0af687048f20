import { PromAgentError } from '../errors.js';

const excerptBytes = 40;

/**
 * What a parser throws: code EXPOSITION_SYNTAX; `data` holds `line` and `column` (both from 1, the
 * column in bytes) of the first byte that does not fit, and `expected`.
 */
export function syntaxError(
  body: Uint8Array,
  length: number,
  position: number,
  expected: string,
): PromAgentError {
  const at = Math.min(position, length);
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < at; i++) {
    if (body[i] !== 10) continue;
    line++;
    lineStart = i + 1;
  }
  const column = at - lineStart + 1;
  return new PromAgentError(
    'EXPOSITION_SYNTAX',
    `line ${line}, column ${column}: expected ${expected}, got ${got(body, length, at)}`,
    { data: { line, column, expected } },
  );
}

function got(body: Uint8Array, length: number, at: number): string {
  if (at >= length) return 'the end of the body';
  if (body[at] === 10) return 'the end of the line';
  let end = at;
  while (end < length && body[end] !== 10 && end - at < excerptBytes) end++;
  return JSON.stringify(new TextDecoder().decode(body.subarray(at, end)));
}
