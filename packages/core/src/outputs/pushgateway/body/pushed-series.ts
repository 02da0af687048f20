import type { LabelPair } from '../../../model/metric-family.js';
import { labelsOfBytes } from '../../wire/labels-of-bytes.js';
import type { GroupLabels } from './target-group.js';

/** A series as the body of its group has it. */
export interface PushedSeries {
  readonly name: string;
  /** Without those of the group. */
  readonly labels: readonly LabelPair[];
}

/** @param bytes as SeriesLabels gives them */
export function pushedSeries(bytes: Uint8Array, group: GroupLabels): PushedSeries {
  let name = '';
  const labels: [name: string, value: string][] = [];
  labelsOfBytes(bytes, (latin1Name, latin1Value) => {
    const value = utf8(latin1Value);
    if (latin1Name === '__name__') name = value;
    else labels.push([utf8(latin1Name), value]);
  });
  return { name, labels: group.rest(labels) };
}

function utf8(latin1: string): string {
  return /^[\0-\x7f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString();
}
