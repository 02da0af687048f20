/** A part of a pattern that stands for one character: one of these codes, or all but these. */
export interface Chars {
  /** Below 128. */
  readonly codes: ReadonlySet<number>;
  readonly isNegated: boolean;
  /** The same in JavaScript. */
  readonly source: string;
  /** Behind it in the pattern. */
  readonly end: number;
}

/** Characters that mean themselves, in a class and outside of one. */
const plain = /^[\w:/,=@%&;#!~"'<> ]$/;
const plainInClass = /^[.+*?(){}|$]$/;
/** What may be escaped without another meaning. */
const punctuation = /^[!-/:-@[-`{-~]$/;
const letterClasses: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  ['d', codesOf(/\d/)],
  ['w', codesOf(/\w/)],
]);

/** All but none. */
export function readDot(pattern: string, at: number): Chars | undefined {
  if (pattern[at] !== '.') return undefined;
  return { codes: new Set(), isNegated: true, source: '.', end: at + 1 };
}

/** `[a-z_]`, `[^:]`; undefined for what is not surely one, a class within a class for example. */
export function readCharClass(pattern: string, at: number): Chars | undefined {
  if (pattern[at] !== '[') return undefined;
  const isNegated = pattern[at + 1] === '^';
  const codes = new Set<number>();
  let end = isNegated ? at + 2 : at + 1;
  while (pattern[end] !== ']') {
    const part = readRange(pattern, end) ?? readInClass(pattern, end);
    if (part === undefined) return undefined;
    for (const code of part.codes) codes.add(code);
    end = part.end;
  }
  return codes.size === 0 ? undefined : charsOf(codes, isNegated, end + 1);
}

/** A character, or a class that is written as a letter. */
export function readChars(pattern: string, at: number): Chars | undefined {
  const char = pattern.charAt(at);
  if (char === '\\') return readEscape(pattern.charAt(at + 1), at + 2);
  return plain.test(char) || char === '-' ? charOf(char, at + 1) : undefined;
}

function readRange(pattern: string, at: number): Chars | undefined {
  const range = /^([0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z])/.exec(pattern.slice(at, at + 3));
  if (range === null) return undefined;
  const codes = new Set<number>();
  for (let code = pattern.charCodeAt(at); code <= pattern.charCodeAt(at + 2); code++) {
    codes.add(code);
  }
  // The wrong way round: the automaton has the words for it.
  return codes.size === 0 ? undefined : charsOf(codes, false, at + 3);
}

function readInClass(pattern: string, at: number): Chars | undefined {
  const char = pattern.charAt(at);
  const part = plainInClass.test(char) ? charOf(char, at + 1) : readChars(pattern, at);
  // A dash between two others means a range; at the end it means itself.
  const isBeforeDash = part !== undefined && pattern[part.end] === '-';
  if (isBeforeDash && pattern[part.end + 1] !== ']') return undefined;
  return char === '-' && pattern[at + 1] !== ']' ? undefined : part;
}

function readEscape(escaped: string, end: number): Chars | undefined {
  const codes = letterClasses.get(escaped);
  if (codes !== undefined) return charsOf(codes, false, end);
  return punctuation.test(escaped) ? charOf(escaped, end) : undefined;
}

function charOf(char: string, end: number): Chars {
  return charsOf(new Set([char.charCodeAt(0)]), false, end);
}

function charsOf(codes: ReadonlySet<number>, isNegated: boolean, end: number): Chars {
  const list = [...codes].map((code) => `\\x${code.toString(16).padStart(2, '0')}`).join('');
  return { codes, isNegated, source: `[${isNegated ? '^' : ''}${list}]`, end };
}

function codesOf(chars: RegExp): ReadonlySet<number> {
  const codes = Array.from({ length: 128 }, (_, code) => code);
  return new Set(codes.filter((code) => chars.test(String.fromCharCode(code))));
}
