import { messageOf, PromAgentError } from '../../errors.js';
import { viewOf } from '../../exposition/byte-blocks.js';
import { byte, byteClass, skip } from '../../exposition/bytes.js';
import { decodeSeries } from '../../exposition/decode-series.js';
import { lineKind } from '../../exposition/line-reader.js';
import { decodeMetadataLine, metricType } from '../../exposition/metadata-line.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import { unescapeLabel } from '../../exposition/quoted.js';
import { seriesContext } from '../../exposition/series-context.js';
import { TextReader } from '../../exposition/text-reader.js';
import { PushFamilies } from './push-families.js';

/** A line that no gateway takes, or that would not be what its writer meant. */
export interface WrongLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** A body in the text format that a gateway takes, and what was left out of it. */
export interface PushText {
  readonly bytes: Uint8Array;
  readonly samples: number;
  /** Samples that had a timestamp, which a gateway refuses: they go without. */
  readonly timestamps: number;
  /** The first hundred. */
  readonly wrongLines: readonly WrongLine[];
  readonly wrongLineCount: number;
}

const mostWrongLines = 100;

export interface PushTextOptions {
  /** Labels of the group, `job` included. The gateway overwrites others of these names. */
  readonly groupLabels: Readonly<Record<string, string>>;
  /** Names that somebody else pushes into the group. */
  readonly takenNames?: ReadonlySet<string>;
}

/**
 * Checks what a script printed line by line: the text format, or bare lines of name and value, which
 * are the same. The lines that are right come out as a body of their own, family by family, so that
 * what the gateway gets never depends on how a line was spelt.
 */
export function readPushText(body: Uint8Array, options: PushTextOptions): PushText {
  const reader = new PushTextReader(options);
  let start = 0;
  for (let line = 1; start < body.length; line++) {
    const newline = body.indexOf(byte.newline, start);
    const end = newline < 0 ? body.length : newline;
    reader.read(line, body.subarray(start, end));
    start = end + 1;
  }
  return reader.end();
}

class PushTextReader {
  readonly #families: PushFamilies;
  readonly #reader = new TextReader();
  readonly #value = new ParsedBody();
  readonly #wrongLines: WrongLine[] = [];
  #wrongLineCount = 0;
  #timestamps = 0;

  constructor({ groupLabels, takenNames }: PushTextOptions) {
    this.#families = new PushFamilies(groupLabels, takenNames ?? new Set());
  }

  /** Takes a line without its newline. */
  read(number: number, line: Uint8Array): void {
    const reason = this.#refusal(number, line);
    if (reason === undefined) return;
    this.#wrongLineCount++;
    if (this.#wrongLines.length < mostWrongLines) this.#wrongLines.push({ line: number, reason });
  }

  end(): PushText {
    return {
      bytes: this.#families.text(),
      samples: this.#families.samples,
      timestamps: this.#timestamps,
      wrongLines: this.#wrongLines,
      wrongLineCount: this.#wrongLineCount,
    };
  }

  #refusal(number: number, line: Uint8Array): string | undefined {
    try {
      return this.#readLine(number, line);
    } catch (error) {
      if (!PromAgentError.is(error)) throw error;
      return messageOf(error).replace(/^line \d+, column \d+: /, '');
    }
  }

  #readLine(number: number, line: Uint8Array): string | undefined {
    // Scripts on Windows end lines with CRLF, and here documents indent them.
    const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length;
    const text = line.subarray(skip(line, 0, end, byteClass.blank), end);
    const reader = this.#reader;
    reader.begin();
    switch (reader.read(text, viewOf(text), 0, text.length)) {
      case lineKind.comment:
        return this.#readComment(text);
      case lineKind.series:
        return this.#readSample(number, text);
      case lineKind.end:
        return text.length === 0 ? undefined : 'expected no NUL byte';
      default:
        return undefined;
    }
  }

  #readComment(text: Uint8Array): string | undefined {
    const comment = decodeMetadataLine(text, 'text');
    if (comment === undefined) return undefined;
    const name = unescapeLabel(comment.family);
    return comment.keyword === 'HELP'
      ? this.#families.addHelp(name, comment.text)
      : this.#families.addType(name, metricType(comment.text.trim()));
  }

  #readSample(number: number, text: Uint8Array): string | undefined {
    const value = this.#value;
    const seriesEnd = this.#reader.end;
    const next = this.#reader.readValue(text, viewOf(text), seriesEnd, text.length, value, 0);
    if (next < 0) return 'expected a value behind the labels, got another {';
    const [[, name], ...labels] = decodeSeries(
      text.subarray(0, seriesEnd),
      seriesContext.plain,
    ) as [[string, string], ...[string, string][]];
    const refusal = this.#families.addSample(number, name, labels, value.values[0]!);
    if (refusal === undefined && !Number.isNaN(value.timestampsMs[0]!)) this.#timestamps++;
    return refusal;
  }
}

const carriageReturn = 13;
