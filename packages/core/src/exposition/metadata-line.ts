import type { MetricType } from '../model/metadata.js';
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
 * The metadata in a comment line that a parser has accepted; undefined for a plain comment. Names
 * keep their escapes, as Prometheus' metadata does.
 */
export function decodeMetadataLine(
  line: Uint8Array,
  format: 'text' | 'openmetrics',
): MetadataLine | undefined {
  const parts = pattern.exec(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line));
  if (parts === null) return undefined;
  const [, keyword, name = '', rest = ''] = parts;
  if (keyword === 'UNIT' && format === 'text') return undefined;
  const family = name.startsWith('"') ? name.slice(1, -1) : name;
  const text = /^[ \t]*$/.test(rest) && format === 'text' ? '' : rest.slice(1);
  if (keyword !== 'HELP') return { keyword: keyword as 'TYPE' | 'UNIT', family, text };
  return { keyword, family, text: format === 'text' ? unescapeHelp(text) : unescapeLabel(text) };
}

/** The type that a TYPE line's word stands for. */
export function metricType(word: string): MetricType {
  return word === 'untyped' ? 'unknown' : (word as MetricType);
}
