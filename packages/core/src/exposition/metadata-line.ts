import type { Metadata, MetricType } from '../model/metadata.js';
import type { ExpositionFormat } from './content-type.js';
import { unescapeHelp, unescapeLabel } from './quoted.js';

/** What a HELP, TYPE or UNIT line says of a family. */
export interface MetadataLine {
  readonly keyword: 'HELP' | 'TYPE' | 'UNIT';
  readonly family: string;
  readonly text: string;
}

const pattern =
  /^[ \t]*#[ \t]+(HELP|TYPE|UNIT)[ \t]+("(?:\\.|[^\\"])*"|[a-zA-Z_:][a-zA-Z0-9_:]*)([\s\S]*)$/;

/**
 * The metadata in a comment line that a parser has accepted; undefined for a plain comment.
 */
export function decodeMetadataLine(
  line: Uint8Array,
  format: ExpositionFormat,
): MetadataLine | undefined {
  const parts = pattern.exec(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line));
  if (parts === null) return undefined;
  const [, keyword, name = '', rest = ''] = parts;
  if (keyword === 'UNIT' && format === 'text') return undefined;
  const quoted = name.startsWith('"') ? name.slice(1, -1) : name;
  // Escapes in a name stay as written, as in Prometheus' metadata; protobuf has none but ours.
  const family = format === 'protobuf' ? unescapeLabel(quoted) : quoted;
  const text = /^[ \t]*$/.test(rest) && format === 'text' ? '' : rest.slice(1);
  if (keyword !== 'HELP') return { keyword: keyword as 'TYPE' | 'UNIT', family, text };
  return { keyword, family, text: format === 'text' ? unescapeHelp(text) : unescapeLabel(text) };
}

/** What the comment lines of a body say of its families, by name; a later line overrides. */
export function decodeMetadata(
  lines: Iterable<Uint8Array>,
  format: ExpositionFormat,
): Map<string, Metadata> {
  const families = new Map<string, Metadata>();
  for (const line of lines) {
    const decoded = decodeMetadataLine(line, format);
    if (decoded === undefined) continue;
    const { keyword, family, text } = decoded;
    const known = families.get(family) ?? { type: 'unknown', help: '', unit: '' };
    if (keyword === 'HELP') families.set(family, { ...known, help: text });
    else if (keyword === 'UNIT') families.set(family, { ...known, unit: text });
    else families.set(family, { ...known, type: metricType(text) });
  }
  return families;
}

/** The type that a TYPE line's word stands for. */
export function metricType(word: string): MetricType {
  return word === 'untyped' ? 'unknown' : (word as MetricType);
}
