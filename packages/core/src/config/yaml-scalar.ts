import type { Scalar } from 'yaml';
import { WrittenScalar } from './raw-tree.js';

const yamlTag = 'tag:yaml.org,2002:';

/** Tags that leave the text as it stands; what it may be is up to the field. */
const plainTags = new Set(['int', 'float', 'bool', 'timestamp'].map((name) => yamlTag + name));

/** YAML 1.1's words for nothing. */
const nullWords = new Set(['', '~', 'null', 'Null', 'NULL']);

/** A scalar as written, null where it says nothing, or (a string) what is wrong with it. */
export function scalarOf(node: Scalar): WrittenScalar | null | string {
  if (node.tag === `${yamlTag}binary`) return decodeBinary(node.source ?? '');
  // Not its value: a tag makes a Date or a number of that.
  const text = node.source ?? '';
  if (/\p{Surrogate}/u.test(text))
    return 'holds half of a surrogate pair, which is not a character';
  if (node.tag === `${yamlTag}null`) return null;
  if (node.tag === `${yamlTag}str`) return new WrittenScalar(text, false);
  const plain = node.type === 'PLAIN';
  if (node.tag === undefined) {
    return plain && nullWords.has(text) ? null : new WrittenScalar(text, plain);
  }
  if (plainTags.has(node.tag)) return new WrittenScalar(text, true);
  // Tags of somebody's own say nothing to go-yaml.
  if (!node.tag.startsWith(yamlTag)) return new WrittenScalar(text, false);
  return `found the tag !!${node.tag.slice(yamlTag.length)}, which means nothing here: remove it`;
}

function decodeBinary(source: string): WrittenScalar | string {
  const base64 = source.replace(/\s/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    return 'found a !!binary value that is not base64';
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
    return new WrittenScalar(text, false);
  } catch {
    return 'found a !!binary value that is not UTF-8 text';
  }
}
