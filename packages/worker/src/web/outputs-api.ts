import type { OutputStatus } from '@prom-agent/core';
import { formatTime } from './go-format.js';

/** An output as `GET /api/v1/status/outputs` shows it; docs/reference/http-api.md has its fields. */
export function describeOutput(output: OutputStatus): object {
  const { durable } = output;
  return {
    name: output.name,
    url: output.url,
    protocolVersion: output.protocolVersion,
    lastError: output.lastError,
    samples: {
      in: output.samplesAppended,
      recovered: durable?.samplesRecovered ?? 0,
      sent: output.samplesSent,
      retried: output.samplesRetried,
      dropped: output.samplesDropped,
    },
    requests: {
      sent: output.requestsSent,
      inFlight: output.requestsInFlight,
      split: output.requestsSplit,
      bytes: output.bytesSent,
    },
    queue: {
      samples: output.queueSamples,
      bytes: output.queueBytes,
      oldest: output.queueOldestMs === 0 ? null : formatTime(output.queueOldestMs),
      sideLane: { batches: output.batchesAside, samples: output.samplesAside },
      durable: durable === undefined ? null : describeDurable(durable),
    },
    newestSample: formatTime(output.highestTimestampMs),
    newestSampleSent: formatTime(output.highestSentTimestampMs),
    clockSkewRefusals: output.clockSkewRefusals,
  };
}

function describeDurable(durable: NonNullable<OutputStatus['durable']>): object {
  const { segments, isPaused, recordsDamaged, segmentsMissing, drain } = durable;
  return {
    segments,
    paused: isPaused,
    recordsDamaged,
    segmentsMissing,
    // Only while a backlog waits on the disk.
    drain: drain === undefined ? null : { ...drain, secondsLeft: drain.secondsLeft ?? null },
  };
}
