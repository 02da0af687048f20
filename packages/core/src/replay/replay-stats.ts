/** What a replay has done so far. */
export interface ReplayStatus {
  /** Read and done with, whatever became of them. */
  readonly messages: number;
  /** Messages that the producer has written twice, dropped by their `seq`. */
  readonly repeats: number;
  readonly malformed: number;
  /** Taken by the receiver; native histograms count. */
  readonly samplesSent: number;
  readonly samplesRejected: number;
  /** Outside of the times asked for. */
  readonly samplesOutside: number;
  /** Native histograms with custom buckets, for which remote write 1.0 has no place. */
  readonly samplesUnsupported: number;
  readonly requests: number;
  /** Of them, repeated after a failure. */
  readonly retries: number;
  readonly bytesSent: number;
  /**
   * To the end of the topic as it was at the start or, where it is followed, as it is now; also those that others
   * of the group have still to read.
   */
  readonly messagesLeft: number;
  /** The last failure or refusal in words, empty where there was none. */
  readonly lastError: string;
}

type Counted = { -readonly [name in keyof ReplayStatus]: ReplayStatus[name] };

export function noStats(): Counted {
  return {
    messages: 0,
    repeats: 0,
    malformed: 0,
    samplesSent: 0,
    samplesRejected: 0,
    samplesOutside: 0,
    samplesUnsupported: 0,
    requests: 0,
    retries: 0,
    bytesSent: 0,
    messagesLeft: 0,
    lastError: '',
  };
}

export type ReplayStats = Counted;
