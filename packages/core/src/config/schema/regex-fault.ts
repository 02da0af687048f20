import { RE2JS, RE2JSSyntaxException } from 're2js';
import { messageOf } from '../../errors.js';

/**
 * Why a pattern is not RE2 syntax, in words; undefined when it is. Anchored as Prometheus compiles it
 * (model/relabel/relabel.go NewRegexp), so that both refuse the same.
 */
export function regexFault(pattern: string): string | undefined {
  const anchored = `^(?s:${pattern})$`;
  try {
    RE2JS.compile(anchored);
    return undefined;
  } catch (error) {
    if (/\(\?<?[=!]/.test(pattern)) return 'RE2 has no lookahead and no lookbehind';
    if (!(error instanceof RE2JSSyntaxException)) return messageOf(error);
    const part = error.getPattern();
    // A fault of the whole would show the anchors, which nobody wrote.
    const where = part === null || part === '' || part === anchored ? '' : ` at ${part}`;
    return `${error.getDescription()}${where}`;
  }
}
