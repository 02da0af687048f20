import type { WriteVersion } from '../outputs/wire/request-parts.js';
import type {
  DecodedFamily,
  DecodedMessage,
  DecodedPoint,
  DecodedSeries,
} from './decode/decoded-message.js';

/** A message as far as it is sent. */
export interface PreparedMessage {
  readonly offset: string;
  readonly series: readonly DecodedSeries[];
  readonly families: readonly DecodedFamily[];
  readonly samples: number;
  /** Its value, where that is all that is sent of it, as it is to be sent. */
  readonly body?: Uint8Array;
}

export interface Prepared {
  readonly message: PreparedMessage;
  readonly outside: number;
  readonly unsupported: number;
}

export interface Wanted {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly version: WriteVersion;
}

/** Leaves out what is not asked for, and what the version has no place for. */
export function prepareMessage(offset: string, decoded: DecodedMessage, wanted: Wanted): Prepared {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, version } = wanted;
  let outside = 0;
  let unsupported = 0;
  let samples = 0;
  const isSent = ({ timestampMs, needsVersion2 }: DecodedPoint): boolean => {
    if (timestampMs < fromMs || timestampMs >= toMs) outside++;
    else if (needsVersion2 && version === 1) unsupported++;
    else {
      samples++;
      return true;
    }
    return false;
  };
  const series: DecodedSeries[] = [];
  for (const one of decoded.series) {
    const before = samples;
    const points = one.points.filter(isSent);
    if (samples > before)
      series.push(points.length === one.points.length ? one : { ...one, points });
  }
  const { families } = decoded;
  return { message: { offset, series, families, samples }, outside, unsupported };
}
