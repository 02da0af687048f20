import { PromAgentError } from '../../errors.js';

/** Walks over the text of a selector and knows where it is. */
export class SelectorReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character that comes; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  /** Passes over white space and `#` comments; says where it stopped. */
  skipBlank(): number {
    this.take(/(?:[ \t\n\r]|#[^\n\r]*)+/y);
    return this.at;
  }

  /** What a sticky pattern matches here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  takeText(text: string): boolean {
    const found = this.text.startsWith(text, this.at);
    if (found) this.at += text.length;
    return found;
  }

  /** The error that what stands here should not stand here. */
  unexpected(context: string): PromAgentError {
    if (this.atEnd) return this.error(this.at, `unexpected end of input${context}`);
    const [word] = this.text.slice(this.at).match(/[a-zA-Z0-9_:]+|./su) ?? [''];
    return this.error(this.at, `unexpected ${JSON.stringify(word)}${context}`);
  }

  /** `line:column: parse error: problem`, as Prometheus words it. */
  error(at: number, problem: string): PromAgentError {
    const before = this.text.slice(0, at).split('\n');
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new PromAgentError('SELECTOR_INVALID', `${line}:${column}: parse error: ${problem}`, {
      data: { selector: this.text, line, column },
    });
  }
}
