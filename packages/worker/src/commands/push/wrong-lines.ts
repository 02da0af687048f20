import type { PushText } from '@prom-agent/core/push-client';

/** A screen's worth. */
const mostShown = 20;

/** The lines that are wrong, in words: a line each. */
export function wrongLineWords({ wrongLines, wrongLineCount }: PushText): string[] {
  const shown = wrongLines.slice(0, mostShown);
  const words = shown.map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = wrongLineCount - shown.length;
  return more > 0 ? [...words, `wrong lines that are not listed: ${more}`] : words;
}
